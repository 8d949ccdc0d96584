#include "cli/arguments/examples.hpp"

#include "cli/arguments/help.hpp"
#include "cli/arguments/options.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/arguments/words.hpp"

#include <tug/error_table.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>

namespace {

using namespace tug;

BOOST_AUTO_TEST_SUITE(cli_examples)

BOOST_AUTO_TEST_CASE(each_is_a_command_line_of_its_command) {
    for (const auto& e : cli::examples()) {
        auto words = cli::split_words(e.line);
        BOOST_REQUIRE(words.front() == "tug");
        words.erase(words.begin());
        BOOST_TEST(cli::parse_command_line(words).command == e.command, e.line);
        BOOST_TEST(!e.what.empty());
    }
}

BOOST_AUTO_TEST_CASE(help_begins_with_them) {
    const auto text = cli::help_text({"put"});
    BOOST_TEST(text.starts_with("Examples:\n  tug put site.tar web1:/srv/site.tar  "), text);
    BOOST_TEST(text.find("--no-durable") != std::string::npos);
    BOOST_TEST(cli::help_text({"job", "logs"}).starts_with("Examples:\n  tug job logs"));
    BOOST_TEST(cli::help_text({"job", "logs"}).find("Usage: tug job logs ") != std::string::npos);
    BOOST_TEST(cli::help_text({"job"}).find("\n  signal    Send a signal") != std::string::npos);
    BOOST_TEST(cli::help_text({}).find("job-") == std::string::npos);
    BOOST_TEST(cli::help_text({}).find("Files of a host:") != std::string::npos);
    BOOST_CHECK_THROW(static_cast<void>(cli::help_text({"no-such"})), cli::usage_error);
}

BOOST_AUTO_TEST_CASE(errors_are_explained) {
    const auto text = cli::help_text({"errors", "no_space"});
    BOOST_TEST(text.starts_with("no_space (-32008)\n"), text);
    BOOST_TEST(text.find("Remedy: free disk space") != std::string::npos, text);
    BOOST_TEST(text.find("EDQUOT: ") != std::string::npos, text);
    BOOST_TEST(cli::help_text({"errors", "busy"}).find("may succeed later") != std::string::npos);
    BOOST_TEST(cli::help_text({"errors"}).find("not_found ") != std::string::npos);
    BOOST_CHECK_THROW(static_cast<void>(cli::help_text({"errors", "none"})), cli::usage_error);
}

BOOST_AUTO_TEST_CASE(every_error_has_a_meaning) {
    std::set<std::string_view> names;
    for (const auto code : all_errors()) {
        BOOST_TEST(!meaning_of(code).empty(), name_of(code));
        BOOST_TEST(names.insert(name_of(code)).second);
    }
    BOOST_TEST(names.contains("not_found"));
    BOOST_TEST(!names.contains("success"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
