#include "jobs/job_launch.hpp"
#include "jobs/last_words.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace tug::service {

BOOST_AUTO_TEST_SUITE(last_words_test)

BOOST_AUTO_TEST_CASE(they_are_one_line_that_orders_no_terminal_anything) {
    BOOST_TEST(last_words("").empty());
    BOOST_TEST(last_words("\n\n").empty());
    BOOST_TEST(last_words("thrown: x\n  what(): y\n") == "thrown: x   what(): y");
    BOOST_TEST(last_words("a\x1b[2Jb\xff") == "a?[2Jb\\377");
}

BOOST_AUTO_TEST_CASE(of_many_the_end_is_told) {
    const auto told = last_words(std::string(100'000, 'x') + "the end\n");
    BOOST_TEST(told.ends_with("xthe end"));
    BOOST_TEST(told.size() <= 512U);
}

BOOST_AUTO_TEST_CASE(what_the_parent_knows_is_added_where_it_says_more) {
    BOOST_TEST(end_text("", "").empty());
    BOOST_TEST(end_text("a bug", "") == "a bug");
    BOOST_TEST(end_text("", "SIGKILL") == "ended by SIGKILL");
    BOOST_TEST(end_text("a bug", "SIGKILL") == "a bug (ended by SIGKILL)");
    BOOST_TEST(end_text("ended by SIGABRT", "SIGABRT") == "ended by SIGABRT");
}

BOOST_AUTO_TEST_CASE(a_holder_that_crashed_has_said_why) {
    const auto crashed = launch_outcome::parse("tugd: ended by a bug: no threads\nended by SIGABRT\n");
    BOOST_TEST((crashed.what == launch_outcome::kind::failed));
    BOOST_TEST(!crashed.was_told);
    BOOST_TEST((crashed.why.code == proto::errc::internal_error));
    BOOST_TEST(crashed.why.message.ends_with(": tugd: ended by a bug: no threads ended by SIGABRT"));
    BOOST_TEST(!launch_outcome::parse("").was_told);
    BOOST_TEST(!launch_outcome::parse(R"({"what":0,"pi)").was_told);
}

BOOST_AUTO_TEST_CASE(what_else_came_on_stderr_does_not_hide_an_outcome) {
    launch_outcome started;
    started.what = launch_outcome::kind::started;
    started.pid = 4711;
    const auto read = launch_outcome::parse("a library: warning\n" + started.to_text());
    BOOST_TEST((read.what == launch_outcome::kind::started));
    BOOST_TEST(read.was_told);
    BOOST_TEST(read.pid == 4711);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::service
