// SIGTERM, SIGINT and SIGHUP.

#include "support/proc.hpp"
#include "support/tugd_under_test.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <system_error>
#include <vector>

namespace tug::test {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// Far shorter than the grace of these tests and far longer than what has to happen.
constexpr auto soon = 15s;

std::uint64_t start_sleep(wire_client& client, const std::string& mark) {
    const auto id = client.call("exec", {{"argv", {"sleep", mark}}});
    BOOST_TEST_REQUIRE(eventually([&] { return processes_with(mark).size() == 1; }));
    return id;
}

bool accepts(const tugd_under_test& tugd) {
    try {
        wire_client client(tugd.address());
        return true;
    } catch (const std::system_error&) {
        return false;
    }
}

void await_log(const tugd_under_test& tugd, const std::string& text, std::ptrdiff_t times = 1) {
    const auto count = [&] {
        const auto log = tugd.log();
        std::ptrdiff_t n = 0;
        for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) ++n;
        return n;
    };
    BOOST_TEST_REQUIRE(eventually([&] { return count() >= times; }), tugd.log());
}

bool logs_in(const tugd_under_test& tugd, std::string_view id, const proto::secret_key& key) {
    wire_client client(tugd.address());
    client.hello();
    return client.authenticate(id, key).error().empty();
}

launch keyed() {
    launch how;
    how.with_keys = true;
    return how;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tugd_signals)

BOOST_AUTO_TEST_CASE(an_idle_one_ends_at_once) {
    for (const int number : {SIGTERM, SIGINT}) {
        tugd_under_test tugd({"--grace", "300"});
        std::vector<wire_client> idle;
        for (int i = 0; i < 5; ++i) idle.push_back(tugd.connect());
        wire_client silent(tugd.address());
        tugd.signal(number);
        BOOST_TEST(tugd.wait(soon) == 0);
        for (auto& client : idle) BOOST_TEST(client.is_closed()); // without a word
        BOOST_TEST(!accepts(tugd));
    }
}

BOOST_AUTO_TEST_CASE(a_command_has_the_grace_and_is_then_cancelled) {
    for (const int number : {SIGTERM, SIGINT}) {
        const auto mark = sleep_mark();
        tugd_under_test tugd({"--grace", "1.5"});
        auto client = tugd.connect();
        const auto id = start_sleep(client, mark);
        const auto begin = clock::now();
        tugd.signal(number);
        BOOST_TEST(eventually([&] { return !accepts(tugd); }));
        // Meanwhile it goes on with what needs no time, and says why it takes nothing else.
        BOOST_TEST(client.ask("rpc.ping").error() == "");
        BOOST_TEST(client.ask("exec", {{"argv", {"true"}}}).error() == "shutting_down");
        BOOST_TEST(client.put("a", "b").error() == "shutting_down");
        const auto result = client.wait(id).result();
        const auto took = clock::now() - begin;
        BOOST_TEST((took >= 1400ms));
        BOOST_TEST((took < soon));
        BOOST_TEST(result.at("reason").as_string() == "cancelled");
        BOOST_TEST(result.at("signal").as_string() == "TERM");
        BOOST_TEST(client.is_closed());
        BOOST_TEST(tugd.wait(soon) == 0);
        BOOST_TEST(processes_with(mark).size() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(a_put_in_flight_fails_and_leaves_nothing) {
    tugd_under_test tugd({"--grace", "0.2"});
    auto client = tugd.connect();
    const auto id = client.call("put", {{"path", "file"}});
    client.write(id, "data", "half of it", false);
    BOOST_TEST(client.ask("rpc.ping").error() == "");
    tugd.signal(SIGTERM);
    BOOST_TEST(client.wait(id).error() == "shutting_down");
    BOOST_TEST(tugd.wait(soon) == 0);
    BOOST_TEST(std::filesystem::is_empty(tugd.root()));
}

BOOST_AUTO_TEST_CASE(a_call_that_ends_in_time_ends_well) {
    tugd_under_test tugd({"--grace", "300"});
    auto client = tugd.connect();
    const auto id = client.call("exec", {{"argv", {"cat"}}, {"stdin", true}});
    client.write(id, "stdin", "before ", false);
    while (client.output(id, "stdout").empty()) client.step();
    tugd.signal(SIGTERM);
    BOOST_TEST(eventually([&] { return !accepts(tugd); }));
    client.write(id, "stdin", "after");
    const auto result = client.wait(id).result();
    BOOST_TEST(result.at("reason").as_string() == "exited");
    BOOST_TEST(client.output(id, "stdout") == "before after");
    BOOST_TEST(client.is_closed());
    BOOST_TEST(tugd.wait(soon) == 0);
}

BOOST_AUTO_TEST_CASE(a_second_signal_cuts_the_grace_short) {
    const auto mark = sleep_mark();
    tugd_under_test tugd({"--grace", "300"});
    auto client = tugd.connect();
    const auto id = start_sleep(client, mark);
    tugd.signal(SIGTERM);
    BOOST_TEST(eventually([&] { return !accepts(tugd); }));
    BOOST_TEST(client.ask("rpc.ping").error() == "");
    tugd.signal(SIGTERM);
    BOOST_TEST(client.wait(id).result().at("reason").as_string() == "cancelled");
    BOOST_TEST(tugd.wait(soon) == 0);
    BOOST_TEST(processes_with(mark).size() == 0U);
}

BOOST_AUTO_TEST_CASE(two_signals_at_once_count_as_two) {
    const auto mark = sleep_mark();
    tugd_under_test tugd({"--grace", "300"});
    auto client = tugd.connect();
    const auto id = start_sleep(client, mark);
    tugd.signal(SIGTERM);
    tugd.signal(SIGINT);
    BOOST_TEST(client.wait(id).result().at("reason").as_string() == "cancelled");
    BOOST_TEST(tugd.wait(soon) == 0);
    BOOST_TEST(processes_with(mark).size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_command_that_ignores_sigterm_does_not_hold_it_up) {
    const auto mark = sleep_mark();
    tugd_under_test tugd({"--grace", "0"});
    auto client = tugd.connect();
    const auto id = client.call("exec", {{"shell", "trap '' TERM; setsid sleep " + mark + " & sleep " + mark}});
    BOOST_TEST_REQUIRE(eventually([&] { return processes_with(mark).size() == 3; }));
    tugd.signal(SIGTERM);
    const auto result = client.wait(id).result();
    BOOST_TEST(result.at("reason").as_string() == "cancelled");
    BOOST_TEST(result.at("signal").as_string() == "KILL");
    BOOST_TEST(tugd.wait(soon) == 0);
    BOOST_TEST(processes_with(mark).size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_silent_reader_does_not_hold_it_up) {
    tugd_under_test tugd({"--grace", "0.2"});
    auto client = tugd.connect();
    client.gives_credit = false;
    const auto id = client.call("exec", {{"argv", {"head", "-c", "100000000", "/dev/zero"}}});
    client.notify("rpc.credit", {{"call", id}, {"stream", "stdout"}, {"bytes", 100'000'000}});
    while (client.output(id, "stdout").empty()) client.step();
    tugd.signal(SIGTERM);
    BOOST_TEST(tugd.wait(soon) == 0);
}

BOOST_AUTO_TEST_CASE(sighup_reads_the_keys_again) {
    tugd_under_test tugd({}, keyed());
    auto old = tugd.connect();
    write_key_file(tugd.key_file(), key_line("k2", other_key()));
    tugd.signal(SIGHUP);
    await_log(tugd, "keys_reloaded");
    BOOST_TEST(logs_in(tugd, "k2", other_key()));
    BOOST_TEST(!logs_in(tugd, test_key_id, test_key()));
    // Its key is gone.
    const auto word = boost::json::serialize(old.receive().json());
    BOOST_TEST(word.find("auth_failed") != std::string::npos, word);
    BOOST_TEST(old.is_closed());
    await_log(tugd, "revoked");
    BOOST_TEST(tugd.stop() == 0);
}

BOOST_AUTO_TEST_CASE(sighup_with_a_bad_file_keeps_the_old_keys) {
    tugd_under_test tugd({}, keyed());
    auto old = tugd.connect();
    const std::vector<std::string> bad{"", "k1 short exec\n", "nonsense"};
    std::ptrdiff_t times = 0;
    for (const auto& text : bad) {
        write_key_file(tugd.key_file(), text);
        tugd.signal(SIGHUP);
        await_log(tugd, "keys_kept", ++times);
    }
    write_file(tugd.key_file(), key_line("k2", other_key()));
    std::filesystem::permissions(tugd.key_file(), std::filesystem::perms::all);
    tugd.signal(SIGHUP);
    await_log(tugd, "keys_kept", ++times);
    std::filesystem::remove(tugd.key_file());
    tugd.signal(SIGHUP);
    await_log(tugd, "keys_kept", ++times);
    BOOST_TEST(logs_in(tugd, test_key_id, test_key()));
    BOOST_TEST(!logs_in(tugd, "k2", other_key()));
    BOOST_TEST(old.ask("rpc.ping").error() == "");
}

/// What blocked or ignored it is a parent that is no concern of tugd's, or of commands'.
BOOST_AUTO_TEST_CASE(blocked_signals_end_it) {
    for (const int number : {SIGTERM, SIGINT}) {
        launch how;
        how.wrapper = {"/usr/bin/env", "--block-signal"};
        tugd_under_test tugd({"--grace", "300"}, how);
        auto client = tugd.connect();
        const auto id = client.call("exec", {{"argv", {"grep", "SigBlk", "/proc/self/status"}}});
        static_cast<void>(client.wait(id).result());
        BOOST_TEST(client.output(id, "stdout") == "SigBlk:\t0000000000000000\n");
        tugd.signal(number);
        BOOST_TEST(tugd.wait(soon) == 0);
    }
}

BOOST_AUTO_TEST_CASE(ignored_signals_stay_ignored) {
    launch how = keyed();
    how.wrapper = {"/usr/bin/env", "--ignore-signal=HUP,INT,TERM"};
    tugd_under_test tugd({}, how);
    await_log(tugd, "sighup_ignored");
    write_key_file(tugd.key_file(), key_line("k2", other_key()));
    tugd.signal(SIGHUP);
    tugd.signal(SIGINT);
    auto client = tugd.connect(); // by the old keys
    const auto id = client.call("exec", {{"argv", {"grep", "SigIgn", "/proc/self/status"}}});
    static_cast<void>(client.wait(id).result());
    BOOST_TEST(client.output(id, "stdout") == "SigIgn:\t0000000000000000\n");
    BOOST_TEST(tugd.log().find("keys_reloaded") == std::string::npos);
    BOOST_TEST(tugd.stop() == 0); // by SIGTERM
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
