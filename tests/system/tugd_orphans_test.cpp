// What commands leave behind: nothing, unless it was asked for.

#include "support/proc.hpp"
#include "support/tugd_under_test.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>
#include <vector>

namespace tug::test {

namespace {

/// A shell that leaves a child in its session, one in a session of its own, and a double-forked one in another. None
/// holds a pipe.
std::string leaves_children(const std::string& mark) {
    const auto sleep = "sleep " + mark + " >/dev/null 2>&1 </dev/null";
    return sleep + " & setsid " + sleep + " & (setsid sh -c '(" + sleep + " &) ; exit 0' &) ; exit 0";
}

/// A tree that also holds the pipes and does not care for SIGTERM.
std::string stubborn_tree(const std::string& mark) {
    return "trap '' TERM; setsid sleep " + mark + " & (setsid sh -c 'sleep " + mark + "' &); sleep " + mark;
}

/// Ends what a test kept, also when it fails.
struct killer {
    std::string mark;

    ~killer() {
        for (const auto pid : processes_with(mark)) ::kill(pid, SIGKILL);
    }
};

bool runs(const std::string& mark, std::size_t count) {
    return eventually([&] { return processes_with(mark).size() >= count; });
}

bool is_gone(const std::string& mark) {
    return eventually([&] { return processes_with(mark).empty(); });
}

} // namespace

BOOST_AUTO_TEST_SUITE(tugd_orphans)

BOOST_AUTO_TEST_CASE(two_hundred_commands_leave_nothing) {
    const auto mark = sleep_mark();
    const killer cleanup{mark};
    const tugd_under_test tugd;
    auto client = tugd.connect();
    constexpr int at_once = 20;
    for (int round = 0; round < 10; ++round) {
        std::vector<std::uint64_t> ids;
        for (int i = 0; i < at_once; ++i) ids.push_back(client.call("exec", {{"shell", leaves_children(mark)}}));
        for (const auto id : ids) {
            const auto result = client.wait(id).result();
            BOOST_TEST(result.at("reason").as_string() == "exited");
            BOOST_TEST(result.at("exit_code").to_number<int>() == 0);
        }
        // The answer says that the tree is gone: no waiting here.
        BOOST_TEST(processes_with(mark).size() == 0U);
    }
    BOOST_TEST(eventually([&] { return zombies_of(tugd.pid()) == 0; }), zombies_of(tugd.pid()) << " zombies");
}

BOOST_AUTO_TEST_CASE(threads_that_ended_many_trees_at_once_end_too) {
    const auto mark = sleep_mark();
    const killer cleanup{mark};
    const tugd_under_test tugd;
    auto client = tugd.connect();
    BOOST_TEST(client.ask("exec", {{"argv", {"true"}}}).error() == "");
    const auto before = threads_of(tugd.pid());
    constexpr std::size_t at_once = 8;
    std::vector<std::uint64_t> ids;
    for (std::size_t i = 0; i < at_once; ++i) ids.push_back(client.call("exec", {{"shell", stubborn_tree(mark)}}));
    BOOST_TEST(runs(mark, at_once * 3));
    for (const auto id : ids) client.notify("rpc.cancel", {{"call", id}});
    // Each tree has its time to end by SIGTERM, so each takes a thread until then.
    BOOST_TEST(eventually([&] { return threads_of(tugd.pid()) > before; }));
    for (const auto id : ids) BOOST_TEST(client.wait(id).result().at("reason").as_string() == "cancelled");
    BOOST_TEST(eventually([&] { return threads_of(tugd.pid()) == before; }));
    BOOST_TEST(client.ask("exec", {{"argv", {"true"}}}).error() == "");
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_takes_its_commands_along) {
    for (const bool by_reset : {false, true}) {
        const auto mark = sleep_mark();
        const killer cleanup{mark};
        const tugd_under_test tugd;
        auto other = tugd.connect();
        const auto others_mark = sleep_mark();
        const killer others_cleanup{others_mark};
        const auto others = other.call("exec", {{"argv", {"sleep", others_mark}}});
        {
            auto client = tugd.connect();
            for (int i = 0; i < 5; ++i) client.call("exec", {{"shell", stubborn_tree(mark)}});
            BOOST_TEST_REQUIRE(runs(mark, 20));
            by_reset ? client.reset() : client.close();
        }
        BOOST_TEST(is_gone(mark), processes_with(mark).size() << " survivors");
        BOOST_TEST(eventually([&] { return zombies_of(tugd.pid()) == 0; }));
        BOOST_TEST(processes_with(others_mark).size() == 1U);
        other.notify("rpc.cancel", {{"call", others}});
        BOOST_TEST(other.wait(others).result().at("reason").as_string() == "cancelled");
    }
}

BOOST_AUTO_TEST_CASE(kept_children_stay_for_good) {
    const auto mark = sleep_mark();
    const killer cleanup{mark};
    tugd_under_test tugd;
    auto client = tugd.connect();
    const auto result = client.ask("exec", {{"shell", leaves_children(mark)}, {"keep_children", true}}).result();
    BOOST_TEST(result.at("reason").as_string() == "exited");
    BOOST_TEST(eventually([&] { return processes_with(mark).size() == 3; }));
    // Neither the sweep of another call nor the end of tugd touches them.
    const auto gone = sleep_mark();
    static_cast<void>(client.ask("exec", {{"shell", leaves_children(gone)}}).result());
    BOOST_TEST(processes_with(gone).size() == 0U);
    BOOST_TEST(processes_with(mark).size() == 3U);
    const auto stopped = client.ask("exec", {{"argv", {"sleep", "100"}}, {"timeout_ms", 50}}).result();
    BOOST_TEST(stopped.at("reason").as_string() == "timed_out");
    BOOST_TEST(processes_with(mark).size() == 3U);
    BOOST_TEST(tugd.stop() == 0);
    BOOST_TEST(processes_with(mark).size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_cancelled_command_keeps_no_children) {
    const auto mark = sleep_mark();
    const killer cleanup{mark};
    const tugd_under_test tugd;
    auto client = tugd.connect();
    const auto id = client.call("exec", {{"shell", stubborn_tree(mark)}, {"keep_children", true}});
    BOOST_TEST_REQUIRE(runs(mark, 4));
    client.notify("rpc.cancel", {{"call", id}});
    BOOST_TEST(client.wait(id).result().at("reason").as_string() == "cancelled");
    BOOST_TEST(processes_with(mark).size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
