// Connections at large: many silent ones, and clients that close their side early.

#include "support/proc.hpp"
#include "support/tugd_under_test.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace utf = boost::unit_test;

namespace tug::test {

namespace {

constexpr std::size_t crowd_size = 2000;

/// This process holds the other end of every connection.
boost::test_tools::assertion_result may_open_a_crowd(utf::test_unit_id) {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = std::max<rlim_t>(files.rlim_cur, std::min<rlim_t>(files.rlim_max, crowd_size + 200));
    ::setrlimit(RLIMIT_NOFILE, &files);
    boost::test_tools::assertion_result enough(files.rlim_cur >= crowd_size + 100);
    enough.message() << "the limit on open files is " << files.rlim_max;
    return enough;
}

/// Whether a timer of the process goes off within a second.
bool wakes_soon(pid_t pid) {
    const std::string field = "it_value: (0, ";
    std::error_code gone;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fdinfo", gone)) {
        const auto text = read_file(entry.path().string());
        const auto at = text.find(field);
        if (at != std::string::npos && text[at + field.size()] != '0') return true;
    }
    return false;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tugd_connections)

/// It costs a host nothing: no thread of it looks at the clock.
BOOST_AUTO_TEST_CASE(a_tugd_without_connections_sleeps) {
    const tugd_under_test tugd;
    const auto sleeps = [&] { return !wakes_soon(tugd.pid()); };
    const auto wakes = [&] { return wakes_soon(tugd.pid()); };
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(eventually(sleeps));
        auto client = tugd.connect();
        BOOST_TEST(client.ask("rpc.ping").error() == "");
        BOOST_TEST(eventually(wakes));
    }
    BOOST_TEST(eventually(sleeps));
}

BOOST_AUTO_TEST_CASE(a_silent_crowd_locks_nobody_out, *utf::precondition(may_open_a_crowd)) {
    for (const bool with_keys : {false, true}) {
        launch how;
        how.with_keys = with_keys;
        const tugd_under_test tugd({}, how);
        std::vector<wire_client> crowd;
        for (std::size_t i = 0; i < crowd_size; ++i) crowd.emplace_back(tugd.address());
        auto client = tugd.connect();
        const auto id = client.call("exec", {{"argv", {"echo", "here"}}});
        static_cast<void>(client.wait(id).result());
        BOOST_TEST(client.output(id, "stdout") == "here\n");
        // Strangers make room, the oldest first; the latest is still greeted.
        crowd.back().hello();
        crowd.front().hello();
        if (with_keys) {
            BOOST_TEST(crowd.front().is_closed());
        } else {
            BOOST_TEST(crowd.front().ask("rpc.ping").error() == "");
        }
        BOOST_TEST(client.ask("rpc.ping").error() == "");
    }
}

BOOST_AUTO_TEST_CASE(calls_in_flight_are_answered_after_a_half_close) {
    const tugd_under_test tugd;
    BOOST_TEST_REQUIRE(::mkfifo(tugd.in_root("gate").c_str(), 0600) == 0);
    auto client = tugd.connect();
    client.gives_credit = false; // after the half-close nothing can be said
    const auto slow = client.call("exec", {{"shell", "cat gate; echo done; exit 7"}});
    const auto put = client.call("put", {{"path", "file"}});
    client.write(put, "data", "whole");
    client.notify("rpc.bye", {});
    client.half_close();
    BOOST_TEST(client.wait(put).error() == "");
    const int gate = ::open(tugd.in_root("gate").c_str(), O_WRONLY | O_CLOEXEC);
    BOOST_TEST_REQUIRE(gate >= 0);
    BOOST_TEST(::write(gate, "open ", 5) == 5);
    ::close(gate);
    const auto result = client.wait(slow).result();
    BOOST_TEST(result.at("reason").as_string() == "exited");
    BOOST_TEST(result.at("exit_code").to_number<int>() == 7);
    BOOST_TEST(client.output(slow, "stdout") == "open done\n");
    BOOST_TEST(client.is_closed());
    BOOST_TEST(read_file(tugd.in_root("file")) == "whole");
}

BOOST_AUTO_TEST_CASE(a_put_without_its_eof_is_no_file) {
    const tugd_under_test tugd;
    auto client = tugd.connect();
    const auto put = client.call("put", {{"path", "file"}});
    client.write(put, "data", "half of it", false);
    client.notify("rpc.bye", {});
    client.half_close();
    BOOST_TEST(client.wait(put).error() == "cancelled");
    BOOST_TEST(client.is_closed());
    BOOST_TEST(std::filesystem::is_empty(tugd.root()));
}

BOOST_AUTO_TEST_CASE(a_reset_after_a_half_close_is_the_end) {
    const auto mark = sleep_mark();
    const tugd_under_test tugd;
    auto client = tugd.connect();
    client.call("exec", {{"argv", {"sleep", mark}}});
    BOOST_TEST_REQUIRE(eventually([&] { return processes_with(mark).size() == 1; }));
    client.notify("rpc.bye", {});
    client.half_close();
    client.reset();
    BOOST_TEST(eventually([&] { return processes_with(mark).empty(); }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
