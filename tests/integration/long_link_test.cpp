// Windows that grow where every byte is delayed. What is looked at is the credit that was granted, never the time.

#include "support/long_link.hpp"
#include "support/sdk_run.hpp"
#include "support/test_server.hpp"

#include "tug/service/options.hpp"
#include "tug/service/server.hpp"

#include <tug/client.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

namespace {

using namespace tug::test;
namespace asio = boost::asio;

constexpr std::uint64_t mib = 1024 * 1024;

/// The largest window that a put got: what was granted beyond what was sent.
std::uint64_t window_of_put(raw_client& c, std::uint64_t bytes, const std::string& name = "a") {
    const auto id = c.call("put", R"({"path":")" + name + R"(","durable":false})");
    const std::string piece(64 * 1024, 'x');
    std::uint64_t most = 0;
    for (std::uint64_t sent = 0; sent < bytes; sent += piece.size()) {
        while (c.allowed(id, "data") < sent + piece.size() || c.has_input()) c.step();
        most = std::max(most, c.allowed(id, "data") - sent);
        c.write(id, "data", piece, sent + piece.size() >= bytes);
    }
    BOOST_TEST(c.wait(id).error() == "");
    return most;
}

raw_client greeted(const std::string& address) {
    raw_client c(address);
    c.hello();
    return c;
}

/// Writes 16 MiB and says which window the client gave at most.
tug::service::endpoint output_endpoint(std::uint64_t& most) {
    return {"my.output",
            tug::service::permission::none,
            {{"out", tug::proto::direction::to_client}},
            [&most](tug::service::call& of) -> asio::awaitable<tug::service::answer> {
                for (int i = 0; i < 256; ++i) {
                    const auto sent = co_await of.write(0, tug::proto::chunk::copy_of(std::string(64 * 1024, 'x')));
                    if (!sent) co_return sent.error();
                    most = std::max(most, of.io().call().outbound[0].credit());
                }
                co_return boost::json::value("done");
            }};
}

/// So long that a machine which is busy with other things, too, has a window used up within two round trips.
constexpr std::chrono::milliseconds each_way(40);

BOOST_AUTO_TEST_SUITE(server_long_link)

BOOST_AUTO_TEST_CASE(a_put_over_a_long_link_gets_a_larger_window) {
    const test_server server;
    const long_link link(server.address(), each_way);
    auto c = greeted(link.address());
    BOOST_TEST(window_of_put(c, 16 * mib) > 4 * mib);
}

BOOST_AUTO_TEST_CASE(the_window_ends_at_max_window) {
    const test_server server({.adjust = [](auto& o) { o.max_window = 2 * mib; }});
    const long_link link(server.address(), each_way);
    auto c = greeted(link.address());
    const auto most = window_of_put(c, 16 * mib);
    BOOST_TEST(most > mib);
    BOOST_TEST(most <= 2 * mib);
}

BOOST_AUTO_TEST_CASE(all_connections_stay_within_max_buffered) {
    const test_server server({.adjust = [](auto& o) { o.max_buffered = 4 * mib; }});
    const long_link link(server.address(), each_way);
    auto c = greeted(link.address());
    auto other = greeted(link.address());
    const auto holds = other.call("put", R"({"path":"b"})"); // its base is a part of it
    BOOST_TEST(other.ask("rpc.ping").error() == "");
    BOOST_TEST(window_of_put(c, 8 * mib) <= 3 * mib);
    other.cancel(holds);
    BOOST_TEST(other.wait(holds).error() == "cancelled");
    // What was given back can be had.
    const auto most = window_of_put(c, 8 * mib);
    BOOST_TEST(most > 3 * mib);
    BOOST_TEST(most <= 4 * mib);
}

/// A client of the SDK is a receiver, too.
BOOST_AUTO_TEST_CASE(a_client_gives_a_server_a_larger_window) {
    std::uint64_t most = 0;
    const test_server server({.prepare = [&](tug::service::server& s) { s.add(output_endpoint(most)); }});
    const long_link link(server.address(), each_way);
    run([&]() -> asio::awaitable<void> {
        auto client = co_await tug::client::connect(link.address());
        co_await client.ping();
        auto call = co_await client.open("my.output", {}, tug::streams().to_client("out"));
        std::uint64_t came = 0;
        for (;;) {
            const auto piece = co_await call.read("out");
            if (piece.empty()) break;
            came += piece.size();
        }
        BOOST_TEST(came == 16 * mib);
        co_await call.finish();
        co_await client.close();
    });
    BOOST_TEST(most > 4 * mib);
}

/// What was granted is all that can wait in tugd: the command never reads its stdin.
BOOST_AUTO_TEST_CASE(a_stalled_reader_holds_its_window_and_no_more) {
    const test_server server;
    const long_link link(server.address(), each_way);
    auto c = greeted(link.address());
    const auto id = c.call("exec", R"({"argv":["sleep","100"],"stdin":true})");
    c.write(id, "stdin", std::string(mib, 'x'));
    BOOST_TEST(c.ask("rpc.ping").error() == "");
    BOOST_TEST(c.allowed(id, "stdin") <= 2 * mib); // the pipe took some
    c.cancel(id);
    BOOST_TEST(c.wait(id).at("reason") == R"("cancelled")");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
