#include "support/sdk_run.hpp"
#include "support/test_server.hpp"

#include <tug/service/server.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <stdexcept>
#include <string>
#include <vector>

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

/// Counts down to an event: for a test that starts many coroutines and waits for all of them.
class latch {
public:
    latch(asio::any_io_executor executor, int count) : done_(std::move(executor)), left_(count) {}

    void count_down(std::exception_ptr thrown) {
        if (thrown && !thrown_) thrown_ = thrown;
        if (--left_ == 0) done_.notify_all();
    }

    asio::awaitable<void> wait() {
        while (left_ > 0) co_await done_.async_wait(asio::use_awaitable);
        if (thrown_) std::rethrow_exception(thrown_);
    }

private:
    net::condition done_;
    int left_;
    std::exception_ptr thrown_;
};

asio::awaitable<service::answer> upper(service::call& c) {
    for (;;) {
        const auto piece = co_await c.read(0);
        if (!piece) co_return piece.error();
        if (piece->empty()) break;
        std::string text(piece->text());
        for (auto& ch : text) ch = static_cast<char>(std::toupper(static_cast<unsigned char>(ch)));
        auto out = chunk::copy_of(text);
        const auto sent = co_await c.write(0, std::move(out));
        if (!sent) co_return sent.error();
        if (!*sent) break;
    }
    co_return json::value("done");
}

server_setup with_upper() {
    server_setup how;
    how.prepare = [](service::server& s) {
        s.add(service::endpoint("text.upper", service::permission::none,
                                {{"in", proto::direction::to_server}, {"out", proto::direction::to_client}}, upper));
    };
    return how;
}

asio::awaitable<void> ping_with(client& c, std::string text) {
    const auto back = co_await c.ping(text);
    BOOST_TEST(back == text);
}

} // namespace

BOOST_AUTO_TEST_SUITE(sdk_calls)

BOOST_AUTO_TEST_CASE(plain_calls) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        BOOST_TEST((co_await client.ping()).empty());
        const std::string large(50'000, 'x');
        BOOST_TEST((co_await client.ping(large)) == large);
        const auto too_large = co_await error_of(client.ping(std::string(1'100'000, 'x')));
        BOOST_TEST(too_large == errc::invalid_params);
        const auto methods = co_await client.discover();
        BOOST_TEST(methods.as_object().contains("openrpc"));
        json::object params{{"payload", "p"}};
        const auto called = co_await client.call("rpc.ping", std::move(params));
        BOOST_TEST(called.as_string() == "p");
        const auto unknown = co_await error_of(client.call("no.such"));
        BOOST_TEST(unknown == errc::method_not_found);
    });
}

BOOST_AUTO_TEST_CASE(many_at_once) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto client = co_await client::connect(server.address());
        constexpr int count = 500;
        latch all(executor, count);
        for (int i = 0; i < count; ++i)
            asio::co_spawn(executor, ping_with(client, std::to_string(i)),
                           [&](std::exception_ptr e) { all.count_down(e); });
        co_await all.wait();
    });
}

BOOST_AUTO_TEST_CASE(more_commands_than_the_server_takes_wait_their_turn) {
    server_setup how;
    how.adjust = [](service::options& o) { o.limits.in_flight = 2; };
    const test_server server(how);
    run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto client = co_await client::connect(server.address());
        constexpr int count = 9;
        latch all(executor, count);
        std::vector<int> order;
        const auto one = [&](int i) -> asio::awaitable<void> {
            const auto r = co_await client.exec(command("echo", std::to_string(i)));
            BOOST_TEST(r.out == std::to_string(i) + "\n");
            order.push_back(i);
        };
        for (int i = 0; i < count; ++i)
            asio::co_spawn(executor, one(i), [&](std::exception_ptr e) { all.count_down(e); });
        co_await all.wait();
        BOOST_TEST(order.size() == static_cast<std::size_t>(count));
    });
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_turn_can_leave) {
    server_setup how;
    how.adjust = [](service::options& o) { o.limits.in_flight = 1; };
    const test_server server(how);
    run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto client = co_await client::connect(server.address());
        auto holder = co_await client.start(command("cat").with_stdin());
        asio::cancellation_signal stop;
        latch left(executor, 1);
        errc ended = errc::success;
        asio::co_spawn(executor, error_of(client.exec(command("true"))),
                       asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr e, errc code) {
                           ended = code;
                           left.count_down(e);
                       }));
        latch served(executor, 1);
        asio::co_spawn(executor, error_of(client.exec(command("true"))), [&](std::exception_ptr e, errc code) {
            BOOST_TEST(code == errc::success);
            served.count_down(e);
        });
        co_await client.ping(); // both are in the queue
        stop.emit(asio::cancellation_type::terminal);
        co_await left.wait();
        BOOST_TEST(ended == errc::cancelled);
        holder.close_stdin();
        co_await served.wait();
    });
}

/// One that is given up does not go on where it is served.
BOOST_AUTO_TEST_CASE(a_cancelled_call_ends_on_the_server) {
    std::promise<service::cancel_reason> seen;
    std::promise<void> begun;
    server_setup how;
    how.prepare = [&](service::server& s) {
        const auto wait = [&](service::call& c) -> asio::awaitable<service::answer> {
            begun.set_value();
            co_await c.stopped();
            seen.set_value(c.why_cancelled());
            co_return service::failure_of(c.why_cancelled());
        };
        s.add(service::endpoint("my.wait", service::permission::none, {}, wait));
    };
    const test_server server(how);
    run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto client = co_await client::connect(server.address());
        asio::cancellation_signal stop;
        latch left(executor, 1);
        asio::co_spawn(executor, error_of(client.call("my.wait")),
                       asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr e, errc code) {
                           BOOST_TEST(code == errc::cancelled);
                           left.count_down(e);
                       }));
        co_await client.ping();
        begun.get_future().wait();
        stop.emit(asio::cancellation_type::terminal);
        co_await left.wait();
        BOOST_TEST((co_await client.ping("fine")) == "fine");
        BOOST_TEST((seen.get_future().get() == service::cancel_reason::cancelled));
    });
}

BOOST_AUTO_TEST_CASE(streams_of_an_application) {
    const test_server server(with_upper());
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto which = streams().to_server("in").to_client("out");
        auto call = co_await client.open("text.upper", json::object(), std::move(which));
        BOOST_TEST((co_await call.write("in", "hello ")));
        const auto first = co_await call.read("out");
        BOOST_TEST(first.text() == "HELLO ");
        BOOST_TEST((co_await call.write("in", "world")));
        call.send_eof("in");
        std::string rest;
        for (auto piece = co_await call.read("out"); !piece.empty(); piece = co_await call.read("out"))
            rest += piece.text();
        BOOST_TEST(rest == "WORLD");
        const auto result = co_await call.finish();
        BOOST_TEST(result.as_string() == "done");
        const auto wrong_way = co_await error_of(call.read("in"));
        BOOST_TEST(wrong_way == errc::invalid_params);
        BOOST_CHECK_THROW(call.stop("no such"), error);
    });
}

BOOST_AUTO_TEST_CASE(streams_that_are_stopped_or_dropped) {
    const test_server server(with_upper());
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto which = streams().to_server("in").to_client("out");
        auto stopped = co_await client.open("text.upper", json::object(), which);
        stopped.stop("out");
        BOOST_TEST((co_await stopped.write("in", "x")));
        const auto result = co_await stopped.finish();
        BOOST_TEST(result.as_string() == "done");
        BOOST_TEST((co_await error_of(stopped.read("out"))) == errc::success);
        BOOST_TEST(!(co_await stopped.write("in", "more")));
        auto cancelled = co_await client.open("text.upper", json::object(), which);
        cancelled.cancel();
        BOOST_TEST((co_await error_of(cancelled.finish())) == errc::cancelled);
        {
            auto dropped = co_await client.open("text.upper", json::object(), which);
        }
        BOOST_TEST((co_await client.ping("fine")) == "fine");
    });
}

BOOST_AUTO_TEST_CASE(close_lets_calls_end) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto client = co_await client::connect(server.address());
        latch ended(executor, 1);
        std::string out;
        const auto slow = [&]() -> asio::awaitable<void> {
            const auto r = co_await client.exec(command::shell("sleep 0.3; echo done"));
            out = r.out;
        };
        asio::co_spawn(executor, slow(), [&](std::exception_ptr e) { ended.count_down(e); });
        co_await client.ping();
        co_await client.close();
        BOOST_TEST(out == "done\n");
        co_await ended.wait();
        BOOST_TEST(!client.is_open());
        BOOST_TEST((co_await error_of(client.ping())) == errc::client_closed);
        BOOST_TEST((co_await error_of(client.exec(command("true")))) == errc::client_closed);
        co_await client.close();
    });
}

BOOST_AUTO_TEST_CASE(a_client_without_connection) {
    run([]() -> asio::awaitable<void> {
        client none;
        BOOST_TEST(!none.is_open());
        BOOST_TEST((co_await error_of(none.ping())) == errc::client_closed);
        process no_process;
        BOOST_TEST((co_await error_of(no_process.wait())) == errc::client_closed);
        BOOST_CHECK_THROW(no_process.cancel(), error);
        co_await none.close();
    });
}

BOOST_AUTO_TEST_CASE(destroying_the_client_ends_what_waits) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto held = std::make_unique<client>(co_await client::connect(server.address()));
        auto process = co_await held->start(command("sleep", "60"));
        latch ended(executor, 2);
        errc waited = errc::success;
        errc ran = errc::success;
        asio::co_spawn(executor, error_of(process.wait()), [&](std::exception_ptr e, errc code) {
            waited = code;
            ended.count_down(e);
        });
        asio::co_spawn(executor, error_of(held->exec(command("sleep", "60"))), [&](std::exception_ptr e, errc code) {
            ran = code;
            ended.count_down(e);
        });
        co_await held->ping();
        held.reset();
        co_await ended.wait();
        BOOST_TEST(waited == errc::client_closed);
        BOOST_TEST(ran == errc::client_closed);
        BOOST_TEST((co_await error_of(process.read())) == errc::client_closed);
    });
}

BOOST_AUTO_TEST_CASE(an_io_context_that_goes_in_the_middle) {
    const test_server server;
    // Coroutines wait in all kinds of ways when their io_context is destroyed: nothing leaks, nothing is used after.
    for (int steps = 1; steps < 400; steps += 7) {
        asio::io_context io(1);
        const auto body = [&]() -> asio::awaitable<void> {
            auto client = co_await client::connect(server.address());
            auto process = co_await client.start(command("cat").with_stdin());
            (void)co_await process.write("x");
            (void)co_await process.read();
            (void)co_await client.put_bytes(std::string(2'000'000, 'x'), "a");
            (void)co_await client.exec(command("cat").input(std::string(2'000'000, 'x')));
            (void)co_await process.read();
        };
        asio::co_spawn(io, body(), [](std::exception_ptr) {});
        for (int i = 0; i < steps; ++i)
            if (io.run_one_for(std::chrono::milliseconds(200)) == 0) break;
    }
    BOOST_TEST(server.files().find(".tmp") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(calls_from_other_threads) {
    const test_server server;
    asio::io_context io(1);
    auto guard = asio::make_work_guard(io);
    std::thread home([&] { io.run(); });
    auto connected = asio::co_spawn(io, client::connect(server.address()), asio::use_future);
    auto shared = connected.get();
    {
        asio::thread_pool others(3);
        std::vector<std::future<void>> all;
        // Boost.Test is for one thread: what is wrong is thrown.
        const auto must = [](bool holds, const char* what) {
            if (!holds) throw std::runtime_error(what);
        };
        const auto one = [&](int i) -> asio::awaitable<void> {
            const auto text = std::to_string(i);
            const auto pong = co_await shared.ping(text);
            must(pong == text, "ping");
            const auto r = co_await shared.exec(command("echo", text));
            must(r.out == text + "\n", "exec");
            auto process = co_await shared.start(command("cat").with_stdin());
            (void)co_await process.write(text);
            process.close_stdin();
            const auto back = co_await process.read_out();
            must(back.text() == text, "read_out");
        };
        for (int i = 0; i < 60; ++i) all.push_back(asio::co_spawn(asio::make_strand(others), one(i), asio::use_future));
        for (auto& f : all) f.get();
        others.join(); // what resumed them may still hold its executor
    }
    shared = client();
    guard.reset();
    home.join();
}

BOOST_AUTO_TEST_CASE(cancellation_from_another_thread) {
    const test_server server;
    asio::io_context io(1);
    auto guard = asio::make_work_guard(io);
    std::thread home([&] { io.run(); });
    auto shared = asio::co_spawn(io, client::connect(server.address()), asio::use_future).get();
    for (int i = 0; i < 20; ++i) {
        asio::io_context other(1);
        asio::cancellation_signal stop;
        errc ended = errc::success;
        asio::co_spawn(other, error_of(shared.exec(command("sleep", "60"))),
                       asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, errc e) { ended = e; }));
        const auto begun = [&]() -> asio::awaitable<void> {
            co_await shared.ping(); // behind the exec
            stop.emit(asio::cancellation_type::terminal);
        };
        asio::co_spawn(other, begun(), [](std::exception_ptr) {});
        other.run();
        BOOST_TEST(ended == errc::cancelled);
    }
    shared = client();
    guard.reset();
    home.join();
}

BOOST_AUTO_TEST_SUITE_END()
