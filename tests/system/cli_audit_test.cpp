// tug audit: what others do, as it happens.

#include "support/cli_checks.hpp"
#include "support/tugd_process.hpp"

#include <boost/json/parse.hpp>

#include <csignal>
#include <string>

using namespace tug::test;

namespace {

/// A tugd with two keys, one of which may follow.
struct followed {
    temp_dir dir;
    std::string keys = made_keys(dir / "keys");
    tugd_process daemon{{"--listen", "127.0.0.1:0", "--keys", keys, "--root", dir.path().string()}};

    static std::string made_keys(const std::string& path) {
        BOOST_REQUIRE(run({"tug", "keygen", "worker", "-o", path}).exit_code == 0);
        BOOST_REQUIRE(run({"tug", "keygen", "watcher", "--permissions", "audit", "--append", "-o", path}).exit_code ==
                      0);
        return path;
    }

    [[nodiscard]] environment as(const std::string& key) const {
        return {{"TUG_ADDRESS", daemon.address()}, {"TUG_KEY_FILE", keys}, {"TUG_KEY", key}};
    }

    [[nodiscard]] run_result work(std::vector<std::string> words) const {
        words.insert(words.begin(), "tug");
        return run(words, {}, as("worker"));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cli_audit, followed)

BOOST_AUTO_TEST_CASE(as_text_until_it_is_interrupted) {
    program watcher({"tug", "-v", "audit"}, as("watcher"));
    watcher.await_err("following");
    BOOST_TEST(work({"exec", "--", "sh", "-c", "exit 3"}).exit_code == 3);
    BOOST_TEST(contains(watcher.read_line(), " login worker@127.0.0.1:"));
    BOOST_TEST(contains(watcher.read_line(), " began worker@127.0.0.1:"));
    const auto end = watcher.read_line();
    BOOST_TEST(contains(end, " exec sh: exited 3, "), end);
    watcher.signal(SIGINT);
    BOOST_TEST(watcher.wait() == 128 + SIGINT);
}

BOOST_AUTO_TEST_CASE(as_json_for_scripts) {
    program watcher({"tug", "audit", "--json"}, as("watcher"));
    BOOST_TEST(contains(watcher.read_line(), R"("event":"ready")"));
    static_cast<void>(work({"stat", ":none"}));
    const auto login = boost::json::parse(watcher.read_line()).as_object();
    BOOST_TEST((login.at("event") == "login" && login.at("key") == "worker" && login.at("outcome") == "ok"));
    const auto began = boost::json::parse(watcher.read_line()).as_object();
    const auto call = boost::json::parse(watcher.read_line()).as_object();
    BOOST_TEST((began.at("event") == "began" && began.at("call") == call.at("call")));
    BOOST_TEST((call.at("outcome") == "not_found" && call.at("bytes") == 0));
}

BOOST_AUTO_TEST_CASE(a_key_that_may_not) {
    check_failed(work({"audit"}), 1, "permission_denied");
    check_failed(work({"audit", "pool:x"}), 2, "one host of many");
}

BOOST_AUTO_TEST_SUITE_END()
