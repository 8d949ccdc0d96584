// tugd without a descriptor left: it neither spins nor falls, and recovers.

#include "support/proc.hpp"
#include "support/tugd_under_test.hpp"

#include <boost/test/unit_test.hpp>

#include <poll.h>

#include <chrono>
#include <string>
#include <vector>

namespace tug::test {

namespace {

using namespace std::chrono_literals;

launch with_few_descriptors() {
    launch how;
    how.wrapper = {"/usr/bin/prlimit", "--nofile=64:64", "--"};
    return how;
}

std::vector<wire_client> connect_many(const tugd_under_test& tugd, int count) {
    std::vector<wire_client> all;
    for (int i = 0; i < count; ++i) all.emplace_back(tugd.address());
    return all;
}

/// Share of one core that tugd uses while nothing happens but time.
double load_of(const tugd_under_test& tugd) {
    constexpr auto window = 2000ms;
    const auto before = cpu_time_of(tugd.pid());
    const auto begin = std::chrono::steady_clock::now();
    ::poll(nullptr, 0, static_cast<int>(window.count()));
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
    return std::chrono::duration<double>(cpu_time_of(tugd.pid()) - before) / time;
}

/// A new client gets in; the first ones may still be turned away.
bool serves_a_new_client(const tugd_under_test& tugd) {
    return eventually([&] {
        try {
            return tugd.connect().ask("exec", {{"argv", {"true"}}}).error().empty();
        } catch (const std::exception&) {
            return false;
        }
    });
}

std::string try_put(wire_client& client) {
    return client.put("file", "content").error();
}

std::string try_exec(wire_client& client) {
    return client.ask("exec", {{"argv", {"true"}}}).error();
}

} // namespace

BOOST_AUTO_TEST_SUITE(tugd_descriptors)

BOOST_AUTO_TEST_CASE(a_crowd_costs_no_cpu_and_leaves_no_trace) {
    const tugd_under_test tugd({"--threads", "2"}, with_few_descriptors());
    auto crowd = connect_many(tugd, 200);
    const auto load = load_of(tugd);
    BOOST_TEST_MESSAGE("load " << load);
    BOOST_TEST(load < 0.1);
    crowd.clear();
    BOOST_TEST(serves_a_new_client(tugd));
}

BOOST_AUTO_TEST_CASE(a_crowd_keeps_nobody_from_working) {
    const auto mark = sleep_mark();
    const tugd_under_test tugd({"--threads", "2"}, with_few_descriptors());
    auto client = tugd.connect();
    const auto id = client.call("exec", {{"shell", "trap '' TERM; setsid sleep " + mark + " & sleep " + mark}});
    BOOST_TEST_REQUIRE(eventually([&] { return processes_with(mark).size() == 3; }));
    const auto crowd = connect_many(tugd, 200);
    BOOST_TEST(try_exec(client) == "");
    BOOST_TEST(try_put(client) == "");
    client.notify("rpc.cancel", {{"call", id}});
    BOOST_TEST(client.wait(id).result().at("reason").as_string() == "cancelled");
    BOOST_TEST(processes_with(mark).size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_command_too_many_is_told_busy) {
    const auto mark = sleep_mark();
    const tugd_under_test tugd({"--threads", "2"}, with_few_descriptors());
    auto client = tugd.connect();
    BOOST_TEST(try_put(client) == "");
    std::vector<std::uint64_t> running;
    for (int i = 0; i < 40; ++i) running.push_back(client.call("exec", {{"argv", {"sleep", mark}}}));
    // Where many start at a time some are refused for what others hold for a moment only: then there is room for more.
    BOOST_TEST(eventually([&] {
        if (try_exec(client) == "busy") return true;
        running.push_back(client.call("exec", {{"argv", {"sleep", mark}}}));
        return false;
    }));
    const auto put = try_put(client);
    BOOST_TEST((put.empty() || put == "busy"), put);
    BOOST_TEST(client.ask("rpc.ping").error() == "");
    for (const auto id : running) client.notify("rpc.cancel", {{"call", id}});
    std::size_t ran = 0;
    for (const auto id : running) {
        const auto answer = client.wait(id);
        BOOST_TEST((answer.error() == "" || answer.error() == "busy"), answer.error());
        if (answer.error().empty()) ++ran;
    }
    BOOST_TEST(ran > 0U);
    BOOST_TEST(ran < running.size());
    BOOST_TEST(eventually([&] { return processes_with(mark).empty(); }), processes_with(mark).size() << " survivors");
    BOOST_TEST(try_exec(client) == "");
    BOOST_TEST(try_put(client) == "");
    BOOST_TEST(read_file(tugd.in_root("file")) == "content");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
