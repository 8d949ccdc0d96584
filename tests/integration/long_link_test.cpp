// Windows that grow where every byte is delayed. What is looked at is the credit that was granted, never the time.

#include "support/fake_server.hpp"
#include "support/long_link.hpp"
#include "support/sdk_run.hpp"
#include "support/temp_dir.hpp"
#include "support/test_server.hpp"

#include "tug/service/options.hpp"
#include "tug/service/server.hpp"

#include <tug/client.hpp>

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

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

class dropping_sink final : public tug::sink {
public:
    explicit dropping_sink(bool fast) : fast_(fast) {}

    asio::awaitable<void> write(tug::chunk) override { co_return; }

    [[nodiscard]] bool keeps_up() const noexcept override { return fast_; }

private:
    bool fast_;
};

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

const std::string large_credit = "more than 60 MiB of credit";

/// Refuses every call, over a long link, and says what the client asked for and granted.
std::vector<std::string> asked_by(const std::function<asio::awaitable<void>(tug::client&)>& what) {
    std::vector<std::string> asked;
    const auto refuses = [&](fake_peer& peer) -> asio::awaitable<void> {
        co_await peer.hello();
        for (;;) {
            const auto said = (co_await peer.receive()).json();
            const auto* granted = said.at("params").as_object().if_contains("bytes");
            asked.emplace_back(said.at("method").as_string());
            if (granted != nullptr && granted->to_number<std::uint64_t>() > 60 * mib) asked.back() = large_credit;
            if (asked.back() == "rpc.bye") co_return;
            const auto* id = said.as_object().if_contains("id");
            if (id == nullptr) continue;
            co_await peer.send(R"({"jsonrpc":"2.0","id":)" + boost::json::serialize(*id) +
                               R"(,"error":{"code":-32016,"message":"full","data":{"name":"busy"}}})");
        }
    };
    run([&]() -> asio::awaitable<void> {
        fake_server server(co_await asio::this_coro::executor, refuses);
        {
            const long_link link(server.address());
            auto on = co_await tug::client::connect(link.address());
            (void)co_await error_of(on.ping()); // brings the length of the link
            co_await what(on);
            co_await on.close();
        }
        co_await server.stop();
    });
    return asked;
}

using words = std::vector<std::string>;
using use = std::function<asio::awaitable<void>(tug::client&)>;

/// Between a ping and the end of the connection.
void expect(const words& what, const use& of) {
    words all{"rpc.ping"};
    all.insert(all.end(), what.begin(), what.end());
    all.emplace_back("rpc.bye");
    BOOST_TEST(asked_by(of) == all, boost::test_tools::per_element());
}

/// A reader that is known to keep up: what its window could grow to is granted with the request, and no round trip goes
/// by until then.
BOOST_AUTO_TEST_CASE(files_and_memory_are_given_a_large_window_at_once) {
    const temp_dir here;
    const use get = [&](tug::client& on) -> asio::awaitable<void> { (void)co_await error_of(on.get("a", here / "a")); };
    expect({"get", large_credit}, get);
    const use bytes = [](tug::client& on) -> asio::awaitable<void> { (void)co_await error_of(on.get_bytes("a")); };
    expect({"get", large_credit}, bytes);
    const use exec = [](tug::client& on) -> asio::awaitable<void> {
        (void)co_await error_of(on.exec(tug::command("true")));
    };
    expect({"exec", large_credit}, exec);
    const use tree = [&](tug::client& on) -> asio::awaitable<void> {
        (void)co_await error_of(on.get_tree("a", here / "tree"));
    };
    expect({"tree.get", large_credit}, tree);
}

/// The code of an application may take its time, so it has to be seen to keep up first, or says that it does.
BOOST_AUTO_TEST_CASE(an_application_is_given_a_large_window_at_once_where_it_keeps_up) {
    for (const bool fast : {false, true}) {
        const auto then = fast ? words{large_credit} : words{};
        const auto call = [&](std::string method) {
            words out{std::move(method)};
            out.insert(out.end(), then.begin(), then.end());
            return out;
        };
        const use get = [&](tug::client& on) -> asio::awaitable<void> {
            dropping_sink to(fast);
            (void)co_await error_of(on.get("a", to));
        };
        expect(call("get"), get);
        const use start = [&](tug::client& on) -> asio::awaitable<void> {
            auto command = co_await on.start(tug::command("true").reader_keeps_up(fast));
            (void)co_await error_of(command.wait());
        };
        expect(call("exec"), start);
        const use attach = [&](tug::client& on) -> asio::awaitable<void> {
            tug::attach_options how;
            how.reader_keeps_up = fast;
            auto job = co_await on.jobs().attach("a", how);
            (void)co_await error_of(job.wait());
        };
        expect(call("job.attach"), attach);
    }
}

/// A person at a terminal waits for what is in the window, and a rate holds the sender up.
BOOST_AUTO_TEST_CASE(a_terminal_and_a_get_with_a_rate_are_given_no_large_window) {
    const use shell = [](tug::client& on) -> asio::awaitable<void> {
        auto of = co_await on.start(tug::command::login().terminal(tug::terminal(80, 24)).reader_keeps_up());
        (void)co_await error_of(of.wait());
    };
    expect({"exec"}, shell);
    const temp_dir here;
    const use get = [&](tug::client& on) -> asio::awaitable<void> {
        (void)co_await error_of(on.get("a", here / "a", tug::get_options().limit_rate(1000)));
    };
    expect({"get"}, get);
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
