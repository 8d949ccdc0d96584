// Endpoints of an application that embeds the server.

#include "support/proc.hpp"
#include "support/talk.hpp"
#include "support/test_server.hpp"

#include "tug/net/blocking.hpp"
#include "tug/service/options.hpp"
#include "tug/service/server.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <latch>
#include <list>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace tug::test;
using tug::proto::chunk;
using tug::proto::direction;
using tug::proto::errc;
using tug::service::answer;
using tug::service::call;
using tug::service::endpoint;
using tug::service::permission;

const std::vector<tug::proto::stream_spec> both{{"in", direction::to_server}, {"out", direction::to_client}};

asio::awaitable<answer> params_of(call& c) {
    co_return json::value(c.params());
}

/// Says who calls; its params are looked at when other envelopes have been read meanwhile.
asio::awaitable<answer> params_after_eof(call& c) {
    for (;;) {
        const auto piece = co_await c.read(0);
        if (!piece) co_return piece.error();
        if (piece->empty()) break;
    }
    json::object out(c.params(), json::storage_ptr());
    out["key"] = c.who().key_id;
    co_return json::value(std::move(out));
}

asio::awaitable<answer> upper(call& c) {
    std::uint64_t bytes = 0;
    for (;;) {
        const auto piece = co_await c.read(0);
        if (!piece) co_return piece.error();
        if (piece->empty()) break;
        bytes += piece->size();
        std::string text(piece->text());
        std::ranges::transform(text, text.begin(),
                               [](unsigned char ch) { return static_cast<char>(std::toupper(ch)); });
        auto out = chunk::copy_of(text);
        const auto sent = co_await c.write(0, std::move(out));
        if (!sent) co_return sent.error();
        if (!*sent) break; // the client has enough
    }
    co_return json::value{{"bytes", bytes}};
}

asio::awaitable<answer> refuse(call&) {
    tug::proto::failure why(errc::busy, "not now");
    co_return why;
}

asio::awaitable<answer> throw_error(call&) {
    throw std::runtime_error("a bug, of which only the log may tell");
    co_return answer(json::value());
}

asio::awaitable<answer> throw_number(call&) {
    throw 7; // NOLINT(hicpp-exception-baseclass): applications do
    co_return answer(json::value());
}

/// Waits for something that never comes.
asio::awaitable<answer> wait_for_ever(call& c) {
    co_await c.wait_for(std::chrono::hours(1));
    if (c.why_cancelled() == tug::service::cancel_reason::none) co_return json::value("it came");
    co_return tug::service::failure_of(c.why_cancelled());
}

/// The same, by a wait of its own, which then throws.
asio::awaitable<answer> wait_in_vain(call& c) {
    asio::steady_timer never(c.get_executor(), std::chrono::hours(1));
    const auto wait = [](asio::steady_timer& timer, call& of) -> asio::awaitable<void> {
        co_await of.stopped();
        timer.cancel();
    };
    tug::net::task_group watch(c.get_executor());
    watch.spawn(wait(never, c));
    co_await never.async_wait(asio::use_awaitable);
    co_return json::value("it came");
}

asio::awaitable<answer> too_large(call&) {
    co_return json::value(std::string(1'100'000, 'x'));
}

/// Who is there, as an application would keep it. Its clean-up waits, as that of a real one may.
class members {
public:
    asio::awaitable<answer> join(call& c) {
        const auto me = present_.insert(present_.end(), c.who().peer);
        ++count_;
        auto greeting = chunk::copy_of(std::string_view("in"));
        (void)co_await c.write(0, std::move(greeting));
        for (;;) {
            const auto piece = co_await c.read(0);
            if (!piece || piece->empty()) break;
        }
        for (int i = 0; i < 3; ++i) co_await asio::post(c.get_executor(), asio::use_awaitable);
        asio::steady_timer moment(c.get_executor(), std::chrono::milliseconds(1));
        co_await moment.async_wait(asio::use_awaitable);
        present_.erase(me);
        --count_;
        co_return json::value(json::object());
    }

    [[nodiscard]] std::size_t count() const noexcept { return count_; }

private:
    std::list<std::string> present_;
    std::atomic<std::size_t> count_ = 0; ///< For the test, which is another thread.
};

void add_all(tug::service::server& s) {
    s.add(endpoint("my.params", permission::none, {}, params_of));
    s.add(endpoint("my.params_after_eof", permission::none, both, params_after_eof));
    s.add(endpoint("my.upper", permission::put, both, upper));
    s.add(endpoint("my.refuse", permission::none, {}, refuse));
    s.add(endpoint("my.throw", permission::none, both, throw_error));
    s.add(endpoint("my.throw_number", permission::none, {}, throw_number));
    s.add(endpoint("my.wait", permission::none, {}, wait_for_ever));
    s.add(endpoint("my.wait_streaming", permission::none, both, wait_for_ever));
    s.add(endpoint("my.wait_in_vain", permission::none, {}, wait_in_vain));
    s.add(endpoint("my.too_large", permission::none, {}, too_large));
    s.add(endpoint("my.throwing_acceptor", permission::none,
                   [](const json::object&) -> tug::proto::result<tug::service::accepted_call> {
                       throw std::runtime_error("a bug in the acceptor");
                   }));
}

struct application {
    test_server server{
        {.adjust = [](auto& o) { o.grace = std::chrono::seconds(30); }, .prepare = add_all, .with_keys = true}};
    raw_client c = server.connect();
};

BOOST_FIXTURE_TEST_SUITE(server_custom_endpoint_test, application)

BOOST_AUTO_TEST_CASE(a_plain_call) {
    const auto& answer = c.ask("my.params", R"({"a":[1,{"b":"text that is no longer short"}],"timeout_ms":60000})");
    BOOST_TEST(json::serialize(answer.result()) == R"({"a":[1,{"b":"text that is no longer short"}]})");
    BOOST_TEST(json::serialize(c.ask("my.params").result()) == "{}");
    BOOST_TEST(c.ask("my.params", R"({"timeout_ms":0})").data("field") == R"("timeout_ms")");
    BOOST_TEST(c.ask("my.params", "[]").error() == "invalid_params");
}

/// The params are the call's own, whatever is read after them.
BOOST_AUTO_TEST_CASE(params_outlive_their_envelope) {
    const auto text = std::string(3000, 'p');
    const auto id = c.call("my.params_after_eof", R"({"text":")" + text + R"(","list":[1,2,3,{"a":"b"}]})");
    for (int i = 0; i < 20; ++i)
        BOOST_TEST(c.ask("rpc.ping", R"({"payload":")" + std::string(5000, 'q') + R"("})").error() == "");
    c.write(id, "in", "", true);
    const auto& result = c.wait(id).result();
    BOOST_TEST(result.at("text").as_string() == text);
    BOOST_TEST(json::serialize(result.at("list")) == R"([1,2,3,{"a":"b"}])");
    BOOST_TEST(result.at("key").as_string() == "all");
}

BOOST_AUTO_TEST_CASE(a_streaming_call) {
    const auto id = c.call("my.upper");
    c.write(id, "in", "hello ");
    BOOST_TEST(c.read(id, "out", 6) == "HELLO ");
    c.write(id, "in", "world", true);
    BOOST_TEST(c.wait(id).text("out") == "HELLO WORLD");
    BOOST_TEST(c.of(id).streams.at("out").eof);
    BOOST_TEST(c.of(id).at("bytes") == "11");
}

BOOST_AUTO_TEST_CASE(a_stopped_call) {
    const auto id = c.call("my.upper");
    c.stop(id, "out");
    c.write(id, "in", "x");
    BOOST_TEST(c.wait(id).error() == "");
    BOOST_TEST(!c.of(id).streams.contains("out"));
}

BOOST_AUTO_TEST_CASE(permissions) {
    BOOST_TEST(server.connect("get").ask("my.upper").data("need") == R"("put")");
    BOOST_TEST(server.connect("get").ask("my.params").error() == "");
}

BOOST_AUTO_TEST_CASE(failures) {
    BOOST_TEST(c.ask("my.refuse").error() == "busy");
    const auto& answer = c.ask("my.throw");
    BOOST_TEST(answer.error() == "internal_error");
    BOOST_TEST(json::serialize(*answer.answer).find("only the log") == std::string::npos);
    BOOST_TEST(!answer.streams.contains("out")); // an error ends streams without eof
    BOOST_TEST(c.ask("my.throw_number").error() == "internal_error");
    BOOST_TEST(c.ask("my.throwing_acceptor").error() == "internal_error");
    BOOST_TEST(c.ask("my.too_large").error() == "internal_error");
    BOOST_TEST(c.is_served());
}

BOOST_AUTO_TEST_CASE(timeout_and_cancel) {
    for (const auto* method : {"my.wait", "my.wait_streaming", "my.wait_in_vain"}) {
        BOOST_TEST(c.ask(method, R"({"timeout_ms":50})").error() == "timed_out");
        const auto id = c.call(method);
        c.cancel(id);
        BOOST_TEST(c.wait(id).error() == "cancelled");
    }
    const auto id = c.call("my.upper", R"({"timeout_ms":50})");
    BOOST_TEST(c.wait(id).error() == "timed_out");
    BOOST_TEST(c.is_served());
}

BOOST_AUTO_TEST_CASE(disconnect) {
    c.call("my.wait");
    c.call("my.wait_streaming");
    c.call("my.upper");
    c.close();
    BOOST_TEST(server.connect().is_served());
    server.it().stop();
    server.it().wait(); // does not sit out the grace, so all have ended
}

/// However a call ends, its endpoint comes to its own end, clean-up included; nothing is cut off in the middle.
BOOST_AUTO_TEST_CASE(endpoints_clean_up) {
    members here;
    test_server room({.adjust =
                          [](auto& o) {
                              o.threads = 1; // the members are one thread's
                              o.grace = std::chrono::milliseconds(1);
                          },
                      .prepare =
                          [&](tug::service::server& s) {
                              s.add(
                                  endpoint("my.join", permission::none, both, [&](call& of) { return here.join(of); }));
                          }});
    const auto join = [](raw_client& who, std::string_view params = "{}") {
        const auto id = who.call("my.join", params);
        BOOST_TEST(who.read(id, "out", 2) == "in");
        return id;
    };
    auto stays = room.connect();
    join(stays);
    auto closes = room.connect();
    auto resets = room.connect();
    for (int i = 0; i < 20; ++i) {
        join(closes);
        join(resets);
    }
    auto cancels = room.connect();
    const auto id = join(cancels);
    BOOST_TEST(here.count() == 42U);
    cancels.cancel(id);
    BOOST_TEST(cancels.wait(id).error().empty()); // it answered all the same
    closes.close();
    resets.reset();
    auto late = room.connect();
    static_cast<void>(late.wait(late.call("my.join", R"({"timeout_ms":1})"))); // and goes when its time is over
    late.close();
    BOOST_TEST(eventually([&] { return here.count() == 1; }));
    auto comes = room.connect();
    join(comes);
    BOOST_TEST(here.count() == 2U);
    room.it().stop();
    room.it().wait();
    BOOST_TEST(here.count() == 0U);
}

/// Work that hangs, of one connection: others find threads, and what needs none of these goes on for itself too.
BOOST_AUTO_TEST_CASE(threads_are_shared) {
    std::latch go_on(1);
    std::atomic<int> hanging = 0;
    const auto hang = [&](call& of) -> asio::awaitable<answer> {
        const auto work = [&] {
            ++hanging;
            go_on.wait();
        };
        co_await tug::net::run_blocking(of.files(), work);
        co_return json::value("it came back");
    };
    const auto prepare = [&](tug::service::server& s) { s.add(endpoint("my.hang", permission::none, both, hang)); };
    test_server shared({.adjust = [](auto& o) { o.file_threads = 8; }, .prepare = prepare});
    auto hung = shared.connect();
    std::vector<std::uint64_t> ids;
    for (int i = 0; i < 40; ++i) ids.push_back(hung.call("my.hang"));
    BOOST_TEST(eventually([&] { return hanging == 4; })); // half of the threads
    auto other = shared.connect();
    const auto id = other.call("put", R"({"path":"a"})");
    other.write(id, "data", "content", true);
    BOOST_TEST(other.wait(id).error() == "");
    BOOST_TEST(other.ask("get", R"({"path":"a"})").text("data") == "content");
    BOOST_TEST(hung.ask("exec", R"({"argv":["true"]})").error() == "");
    BOOST_TEST(hanging == 4);
    go_on.count_down();
    for (const auto i : ids) BOOST_TEST(hung.wait(i).error() == "");
    BOOST_TEST(hanging == 40);
}

/// Those with streams count as in flight; new ones are refused when the server stops, the others are answered.
BOOST_AUTO_TEST_CASE(limits_and_shutdown) {
    std::vector<std::uint64_t> all;
    for (int i = 0; i < 64; ++i) all.push_back(c.call("my.wait_streaming"));
    BOOST_TEST(c.ask("my.upper").error() == "busy");
    BOOST_TEST(c.ask("my.params").error() == "");
    server.it().stop();
    for (;;) {
        const auto id = c.call("my.upper");
        if (c.wait(id).error() == "shutting_down") break;
        BOOST_REQUIRE(c.of(id).error() == "busy");
    }
    BOOST_TEST(c.ask("my.params").error() == "");
    for (const auto id : all) c.cancel(id);
    for (const auto id : all) BOOST_TEST(c.wait(id).error() == "cancelled");
    BOOST_TEST(c.is_closed());
    server.it().wait();
}

BOOST_AUTO_TEST_CASE(they_are_discovered) {
    const auto document = json::serialize(c.ask("rpc.discover").result());
    BOOST_TEST(document.find(R"("name":"my.upper")") != std::string::npos);
    BOOST_TEST(document.find(R"("x-permission":"put")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(names_that_are_taken) {
    tug::service::server s(tug::service::options(), std::nullopt, tug::service::server::no_log());
    for (const auto* name : {"exec", "rpc.mine", "rpc.ping", ""})
        BOOST_CHECK_THROW(s.add(endpoint(name, permission::none, {}, refuse)), std::invalid_argument);
}

/// A watchdog learns of a thread that hangs by an answer that does not come.
BOOST_AUTO_TEST_CASE(a_server_whose_thread_hangs_is_not_responsive) {
    std::latch entered(1);
    std::latch leave(1);
    std::latch responsive(1);
    std::atomic<bool> left = false;
    std::atomic<bool> early = false;
    const auto block = [&](call&) -> asio::awaitable<answer> {
        entered.count_down();
        leave.wait();
        co_return answer(json::value());
    };
    server_setup how;
    how.adjust = [](tug::service::options& o) { o.threads = 2; };
    how.prepare = [&](tug::service::server& s) { s.add(endpoint("my.block", permission::none, {}, block)); };
    test_server watched(how);
    auto client = watched.connect();
    client.call("my.block");
    entered.wait();
    watched.it().when_responsive([&] {
        early = !left;
        responsive.count_down();
    });
    BOOST_TEST(!responsive.try_wait());
    left = true;
    leave.count_down();
    responsive.wait();
    BOOST_TEST(!early);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
