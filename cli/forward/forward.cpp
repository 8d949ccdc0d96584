// Connections through a host: forward, and what `rsh` is asked for beside its command.

#include "cli/arguments/exit_codes.hpp"
#include "cli/commands/commands.hpp"
#include "cli/forward/tokens.hpp"
#include "cli/local/byte_streams.hpp"
#include "cli/local/report.hpp"
#include "cli/reconnect/reconnection.hpp"
#include "forwarding.hpp"
#include "task_list.hpp"

#include <tug/tunnel.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <exception>
#include <memory>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

constexpr std::size_t piece_bytes = 64 * 1024;

// --- the standard streams --------------------------------------------------------------------------------------------

asio::awaitable<void> send_input(tunnel& to, invocation& s) {
    const auto input = std::make_shared<const descriptor>(STDIN_FILENO);
    for (;;) {
        const auto piece = co_await read_piece(s.input, input, piece_bytes);
        if (piece.empty()) break;
        const auto bytes = asio::buffer(piece.bytes().data(), piece.size());
        const auto [ec, n] = co_await asio::async_write(to, bytes, as_tuple);
        if (ec) co_return;
    }
    to.shutdown_send();
}

/// Until the other side has said all, whatever standard input still has. What ended it.
asio::awaitable<boost::system::error_code> pass_output(tunnel& from, invocation& s) {
    const auto output = std::make_shared<const descriptor>(STDOUT_FILENO);
    for (;;) {
        chunk piece(piece_bytes);
        const auto [ec, n] = co_await from.async_read_some(asio::buffer(piece.room().data(), piece_bytes), as_tuple);
        if (ec) co_return ec;
        piece.commit(n);
        const int why = co_await write_piece(s.output, output, std::move(piece));
        if (why != 0) throw_local("the output cannot be written", why);
    }
}

asio::awaitable<int> forward_stdio(client& on, const forward_end& target, invocation& s) {
    auto to = co_await connect_there(on, target);
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    task_list tasks(executor);
    tasks.spawn(send_input(to, s));
    boost::system::error_code ended;
    std::exception_ptr thrown;
    try {
        ended = co_await pass_output(to, s);
    } catch (...) {
        thrown = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    tasks.cancel();
    co_await tasks.join();
    if (thrown) std::rethrow_exception(thrown);
    if (ended != asio::error::eof) throw boost::system::system_error(ended);
    co_return exit_code::success;
}

// --- what listens ----------------------------------------------------------------------------------------------------

/// A connection is a descriptor, and a shell gives 1,024.
void take_all_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Why the connection ended; throws what is no loss of it.
asio::awaitable<failure> run_until_lost(forwarding& all, std::shared_ptr<client> on) {
    std::exception_ptr thrown;
    try {
        co_await all.listen_there(*on);
        co_return co_await all.carry(on);
    } catch (...) {
        thrown = std::current_exception();
    }
    auto why = failure_of(thrown);
    if (!is_loss(why.code)) std::rethrow_exception(thrown);
    co_return why;
}

asio::awaitable<void> run_over_many(forwarding& all, reconnection& link, bool comes_back) {
    for (;;) {
        const auto why = co_await run_until_lost(all, link.share());
        if (!comes_back || !is_loss(why.code)) throw error(why);
        if (why.code == errc::shutting_down)
            co_await link.come_back("tugd is ending there: what is open has its grace, and new connections wait for "
                                    "the tugd that comes after it");
        else
            co_await link.come_back();
    }
}

/// The command says by itself that the connection is lost.
asio::awaitable<void> carry_beside(forwarding& all, std::shared_ptr<client> on) {
    (void)co_await all.carry(std::move(on));
}

asio::awaitable<int> keep_forwarding(client& on, const options& o, invocation& s) {
    take_all_descriptors();
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const bool comes_back = !o.forward.no_reconnect;
    forwarding all(o, executor, comes_back ? forwarding::when_ending::wait : forwarding::when_ending::fail);
    co_await all.listen_here();
    reconnection link(on, o, s);
    std::exception_ptr thrown;
    try {
        co_await run_over_many(all, link, comes_back);
    } catch (...) {
        thrown = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await all.end();
    std::rethrow_exception(thrown);
}

} // namespace

asio::awaitable<int> forward(client& on, const options& o, invocation& s) {
    if (!o.forward.stdio_text.empty()) return forward_stdio(on, o.forward.stdio, s);
    return keep_forwarding(on, o, s);
}

asio::awaitable<int> exec_and_forward(client& on, const options& o, invocation& s) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    forwarding all(o, executor, forwarding::when_ending::fail);
    co_await all.listen_here();
    co_await all.listen_there(on);
    task_list tasks(executor);
    tasks.spawn(carry_beside(all, std::shared_ptr<client>(&on, [](client*) {})));
    int code = exit_code::failed;
    std::exception_ptr thrown;
    try {
        code = co_await exec(on, o, s);
    } catch (...) {
        thrown = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    tasks.cancel();
    co_await tasks.join();
    co_await all.end();
    if (thrown) std::rethrow_exception(thrown);
    co_return code;
}

} // namespace tug::cli
