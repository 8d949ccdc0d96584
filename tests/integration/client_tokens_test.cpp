// Every public call of the SDK with the completion tokens of Asio.

#include "support/io_thread.hpp"
#include "support/sdk_run.hpp"
#include "support/test_server.hpp"

#include <tug/service/server.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

using namespace tug;
using namespace tug::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

class text_source final : public source {
public:
    explicit text_source(std::string text) : text_(std::move(text)) {}

    asio::awaitable<chunk> next(std::size_t) override { co_return chunk::copy_of(std::exchange(text_, "")); }

private:
    std::string text_;
};

class text_sink final : public sink {
public:
    asio::awaitable<void> write(chunk piece) override {
        text += piece.text();
        co_return;
    }

    std::string text;
};

asio::awaitable<service::answer> echo(service::call& c) {
    for (;;) {
        auto piece = co_await c.read(0);
        if (!piece) co_return piece.error();
        if (piece->empty()) co_return json::value("done");
        const auto sent = co_await c.write(0, std::move(*piece));
        if (!sent) co_return sent.error();
    }
}

server_setup with_echo() {
    server_setup how;
    how.prepare = [](service::server& s) {
        s.add(service::endpoint("my.echo", service::permission::none,
                                {{"in", proto::direction::to_server}, {"out", proto::direction::to_client}}, echo));
    };
    return how;
}

streams in_and_out() {
    return streams().to_server("in").to_client("out");
}

/// What a future throws.
template <class T>
errc code_of(std::future<T> call) {
    try {
        call.get();
    } catch (const error& e) {
        return e.failure().code;
    }
    return errc::success;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sdk_tokens)

/// No coroutine and no callback: a program of threads, whose io_context is run by another one.
BOOST_AUTO_TEST_CASE(futures_of_every_call) {
    const test_server server(with_echo());
    io_thread io;
    const temp_dir here;
    auto c = client::connect(io.get_executor(), server.address(), asio::use_future).get();
    BOOST_TEST(c.is_open());
    BOOST_TEST(c.ping(asio::use_future).get().empty());
    BOOST_TEST(c.ping("hello", asio::use_future).get() == "hello");
    BOOST_TEST(c.discover(asio::use_future).get().as_object().contains("openrpc"));
    BOOST_TEST(c.call("rpc.discover", asio::use_future).get().is_object());
    BOOST_TEST(c.call("rpc.ping", json::object{{"payload", "p"}}, asio::use_future).get().as_string() == "p");
    BOOST_TEST(c.exec(command("echo", "hi"), asio::use_future).get().out == "hi\n");

    BOOST_TEST(c.put_bytes("bytes", "a", asio::use_future).get().size == 5U);
    BOOST_TEST(c.put_bytes("bytes!", "a", put_options().durable(false), asio::use_future).get().size == 6U);
    BOOST_TEST(c.get_bytes("a", asio::use_future).get() == "bytes!");
    BOOST_TEST(c.get_bytes("a", get_options().offset(5), asio::use_future).get() == "!");
    BOOST_TEST(c.get("a", here / "a", asio::use_future).get().bytes == 6U);
    BOOST_TEST(c.get("a", here / "b", get_options().length(1), asio::use_future).get().bytes == 1U);
    BOOST_TEST(c.put(here / "a", "c", asio::use_future).get().size == 6U);
    BOOST_TEST(c.put(here / "a", "d/c", put_options().make_parents(), asio::use_future).get().size == 6U);
    text_source from("source");
    BOOST_TEST(c.put(from, "e", asio::use_future).get().size == 6U);
    text_source more("more");
    BOOST_TEST(c.put(more, "e", put_options(), asio::use_future).get().size == 4U);
    text_sink to;
    BOOST_TEST(c.get("e", to, asio::use_future).get().bytes == 4U);
    BOOST_TEST(c.get("e", to, get_options(), asio::use_future).get().bytes == 4U);
    BOOST_TEST(to.text == "moremore");
    BOOST_TEST(code_of(c.get_bytes("none", asio::use_future)) == errc::not_found);

    auto cat = c.start(command::shell("cat; echo err >&2").with_stdin(), asio::use_future).get();
    BOOST_TEST(cat.write("one ", asio::use_future).get());
    BOOST_TEST(cat.read(asio::use_future).get().text() == "one ");
    BOOST_TEST(cat.write(chunk::copy_of("two"), asio::use_future).get());
    BOOST_TEST(cat.read_out(asio::use_future).get().text() == "two");
    cat.signal("CONT", asio::use_future).get();
    cat.close_stdin();
    BOOST_TEST(cat.read_err(asio::use_future).get().text() == "err\n");
    BOOST_TEST(cat.read(asio::use_future).get().end());
    BOOST_TEST(cat.wait(asio::use_future).get().ok());

    auto call = c.open("my.echo", json::object(), in_and_out(), asio::use_future).get();
    BOOST_TEST(call.write("in", "x", asio::use_future).get());
    BOOST_TEST(call.read("out", asio::use_future).get().text() == "x");
    BOOST_TEST(code_of(call.read("no such", asio::use_future)) == errc::invalid_params);
    call.send_eof("in");
    BOOST_TEST(call.read("out", asio::use_future).get().empty());
    BOOST_TEST(call.finish(asio::use_future).get().as_string() == "done");

    auto closed = c.closed(asio::use_future);
    c.close(asio::use_future).get();
    BOOST_TEST(closed.get().code == errc::client_closed);
    BOOST_TEST(code_of(c.ping(asio::use_future)) == errc::client_closed);
}

BOOST_AUTO_TEST_CASE(a_tuple_has_the_whole_failure_and_nothing_is_thrown) {
    server_setup how = with_echo();
    how.with_keys = true;
    const test_server server(how);
    run([&]() -> asio::awaitable<void> {
        const auto who = connect_options().with(credentials("get", key_of("get")));
        auto [refused, none] = co_await client::connect(server.address(), as_tuple);
        BOOST_TEST(failure_of(refused).code == errc::auth_required);
        BOOST_TEST(!none.is_open());
        auto [no_text, no_client] = co_await client::connect("", as_tuple);
        BOOST_TEST(failure_of(no_text).code == errc::bad_address);
        auto [connected, c] = co_await client::connect(server.address(), who, as_tuple);
        BOOST_REQUIRE(!connected);
        BOOST_TEST((c.get_executor() == co_await asio::this_coro::executor));
        auto [e, made] = co_await c.exec(command("true"), as_tuple);
        const auto why = failure_of(e);
        BOOST_TEST(why.code == errc::permission_denied);
        BOOST_TEST(why.need == "exec");
        BOOST_TEST(!made.ok());
        auto [fine, pong] = co_await c.ping("x", as_tuple);
        BOOST_TEST(!fine);
        BOOST_TEST(pong == "x");
        auto [closing] = co_await c.close(as_tuple);
        BOOST_TEST(!closing);
    });
}

/// Begun with a token: Asio of Boost 1.81 cannot compile `co_await` of what is deferred and ends with an exception_ptr.
BOOST_AUTO_TEST_CASE(a_deferred_call_begins_when_it_is_told_to) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto c = co_await client::connect(server.address(), asio::deferred)(asio::use_awaitable);
        auto made = c.exec(command("echo", "hi"), asio::deferred);
        auto moved = std::move(c); // what the call needs, it keeps
        const auto r = co_await std::move(made)(asio::use_awaitable);
        BOOST_TEST(r.out == "hi\n");
        BOOST_TEST((co_await moved.ping("x")) == "x");
    });
}

BOOST_AUTO_TEST_CASE(handlers_run_where_they_are_bound_and_never_at_once) {
    const test_server server;
    io_thread io;
    io_thread other;
    auto c = client::connect(io.get_executor(), server.address(), asio::use_future).get();
    std::promise<bool> at_home;
    c.ping([&](std::exception_ptr e, std::string) { at_home.set_value(!e && io.is_here()); });
    BOOST_TEST(at_home.get_future().get());
    std::promise<bool> elsewhere;
    c.ping(asio::bind_executor(other.get_executor(), [&](std::exception_ptr e, const std::string&) {
        elsewhere.set_value(!e && other.is_here());
    }));
    BOOST_TEST(elsewhere.get_future().get());

    // Calls that need not wait, begun where they are at home: they must not run their handler inside.
    c.close(asio::use_future).get();
    std::promise<std::string> order;
    asio::post(io.get_executor(), [&] {
        auto said = std::make_shared<std::string>();
        const auto tell = [said](const char* what) { *said += what; };
        c.ping([tell](std::exception_ptr e, const std::string&) { tell(e ? "failed " : "fine "); });
        c.closed([tell](std::exception_ptr, const failure&) { tell("closed "); });
        c.exec(command("true"), [&order, said](std::exception_ptr e, const exec_result&) {
            order.set_value(said->append(name_of(failure_of(e).code)));
        });
        tell("begun ");
    });
    BOOST_TEST(order.get_future().get() == "begun failed closed client_closed");
}

BOOST_AUTO_TEST_CASE(a_slot_cancels_a_call) {
    const test_server server;
    io_thread io;
    auto c = client::connect(io.get_executor(), server.address(), asio::use_future).get();
    auto process = c.start(command("cat").with_stdin(), asio::use_future).get();
    asio::cancellation_signal stop_exec;
    asio::cancellation_signal stop_read;
    auto run = c.exec(command("sleep", "60"), asio::bind_cancellation_slot(stop_exec.slot(), asio::use_future));
    auto read = process.read(asio::bind_cancellation_slot(stop_read.slot(), asio::use_future));
    (void)c.ping(asio::use_future).get();
    asio::post(io.get_executor(), [&] {
        stop_exec.emit(asio::cancellation_type::total);
        stop_read.emit(asio::cancellation_type::terminal);
    });
    BOOST_TEST(code_of(std::move(run)) == errc::cancelled);
    BOOST_TEST(code_of(std::move(read)) == errc::cancelled);
    // Only the wait has ended.
    BOOST_TEST(process.write("x", asio::use_future).get());
    BOOST_TEST(process.read(asio::use_future).get().text() == "x");
}

/// It may be used at any time after that, also where the io_context has gone.
BOOST_AUTO_TEST_CASE(nothing_is_left_in_the_slot_of_a_call_that_has_ended) {
    const test_server server;
    asio::cancellation_signal stop;
    asio::io_context io(1);
    errc ended = errc::internal_error;
    const auto close = [&](std::exception_ptr, client connected) {
        auto c = std::make_shared<client>(std::move(connected));
        const auto done = [&, c](std::exception_ptr e) { ended = failure_of(e).code; };
        c->close(asio::bind_cancellation_slot(stop.slot(), done));
    };
    client::connect(io.get_executor(), server.address(), close);
    io.run_for(sdk_bound);
    BOOST_REQUIRE(io.stopped());
    BOOST_TEST(ended == errc::success);
    io.restart();
    stop.emit(asio::cancellation_type::total);
    BOOST_TEST(io.poll() == 0U);
}

/// "Cancel after a time": by a timer beside it, and by a timer that uses its slot.
BOOST_AUTO_TEST_CASE(cancelled_after_a_time) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        const auto executor = co_await asio::this_coro::executor;
        auto c = co_await client::connect(server.address());
        asio::steady_timer timer(executor, 10ms);
        auto either = co_await (c.exec(command("sleep", "60"), as_tuple) || timer.async_wait(asio::use_awaitable));
        BOOST_TEST(either.index() == 1U);
        asio::cancellation_signal stop;
        timer.expires_after(10ms);
        timer.async_wait([&](boost::system::error_code) { stop.emit(asio::cancellation_type::total); });
        auto [e, r] = co_await c.exec(command("sleep", "60"), asio::bind_cancellation_slot(stop.slot(), as_tuple));
        BOOST_TEST(failure_of(e).code == errc::cancelled);
        BOOST_TEST((co_await c.ping("fine")) == "fine");
    });
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_handle_goes_to_the_handler) {
    BOOST_TEST(code_of(client().ping(asio::use_future)) == errc::client_closed);
    BOOST_TEST(code_of(client().exec(command("true"), asio::use_future)) == errc::client_closed);
    BOOST_TEST(code_of(process().wait(asio::use_future)) == errc::client_closed);
    BOOST_TEST(code_of(stream_call().finish(asio::use_future)) == errc::client_closed);
    BOOST_TEST(client().closed(asio::use_future).get().code == errc::client_closed);
}

BOOST_AUTO_TEST_CASE(a_call_outlives_its_handle_and_its_arguments) {
    const test_server server;
    io_thread io;
    std::future<std::string> pong;
    std::future<exec_result> ended;
    {
        auto c = client::connect(io.get_executor(), server.address(), asio::use_future).get();
        auto there = std::make_unique<client>(std::move(c));
        pong = there->ping("hello", asio::use_future);
        auto moved = std::move(*there);
        there.reset();
        BOOST_TEST(pong.get() == "hello");
        ended = moved.exec(command("sleep", "60"), asio::use_future);
        moved.put_bytes("x", "a", asio::detached);
    }
    BOOST_TEST(code_of(std::move(ended)) == errc::client_closed);
}

BOOST_AUTO_TEST_CASE(an_io_context_that_goes_destroys_the_handlers) {
    const test_server server;
    for (int steps = 1; steps < 200; steps += 7) {
        const auto held = std::make_shared<int>(0);
        {
            asio::cancellation_signal stop;
            asio::io_context io(1);
            const auto keep = [held](auto&&...) {};
            auto c = std::make_shared<client>();
            client::connect(io.get_executor(), server.address(), [&, held](std::exception_ptr, client connected) {
                *c = std::move(connected);
                c->closed(keep);
                c->exec(command("sleep", "60"), asio::bind_cancellation_slot(stop.slot(), keep));
                c->exec(command("cat").input(std::string(2'000'000, 'x')), keep);
                c->put_bytes(std::string(2'000'000, 'x'), "a", keep);
                c->start(command("cat").with_stdin(), [held, keep](std::exception_ptr, process p) { p.read(keep); });
            });
            for (int i = 0; i < steps; ++i)
                if (io.run_one_for(200ms) == 0) break;
        }
        BOOST_TEST(held.use_count() == 1, "after " << steps << " steps");
    }
}

BOOST_AUTO_TEST_SUITE_END()
