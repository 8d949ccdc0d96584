#include "running_command.hpp"

#include "cli/local/byte_streams.hpp"

#include <tug/error.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

using clock = std::chrono::steady_clock;

namespace {

/// Both to their end. What fails first ends the other and is thrown.
asio::awaitable<void> both(asio::awaitable<void> one, asio::awaitable<void> other) {
    using namespace boost::asio::experimental::awaitable_operators;
    try {
        co_await (std::move(one) && std::move(other));
    } catch (const asio::multiple_exceptions& e) {
        std::rethrow_exception(e.first_exception());
    }
}

} // namespace

running_command::running_command(followed& what, const options& o, invocation& s, std::chrono::milliseconds grace,
                                 terminal_session* terminal)
    : followed_(what),
      invocation_(s),
      terminal_(terminal),
      output_(o, s.output),
      keyboard_(has_keyboard(o)),
      with_stdin_(o.exec.with_stdin),
      margin_(answer_margin + grace),
      ends_by_(o.timeout ? std::optional(clock::now() + *o.timeout + margin_) : std::nullopt) {}

asio::awaitable<exec_result> running_command::to_the_end() {
    const control::gentle on_signal(invocation_.ctl, [this] { followed_.cancel(); }, margin_);
    try {
        co_await both(drain(), beside_output());
    } catch (const error&) {
        if (!failed_) throw; // who gave up for a reason of its own is told that one
    }
    if (failed_) std::rethrow_exception(failed_);
    co_return std::move(result_);
}

/// Passes the output on and takes the result; then nothing more is fed.
asio::awaitable<void> running_command::drain() {
    struct end {
        asio::cancellation_signal& stop;

        ~end() { stop.emit(asio::cancellation_type::terminal); }
    };

    const end at_end{ended_};
    for (;;) {
        expect();
        auto piece = co_await followed_.read();
        invocation_.ctl.set_deadline(std::nullopt); // writing may take any time
        if (piece.end()) break;
        co_await pass_on(std::move(piece));
    }
    expect();
    result_ = co_await followed_.wait();
}

asio::awaitable<void> running_command::pass_on(tug::output piece) {
    try {
        if (!co_await output_.take(std::move(piece))) followed_.stop_output();
    } catch (const error&) {
        give_up();
    }
}

/// A local failure: the command is ended and the failure thrown when it is over.
void running_command::give_up() {
    failed_ = std::current_exception();
    followed_.give_up();
}

/// tugd ends the command in time and then has some seconds to say so, unless it is gone in silence.
void running_command::expect() {
    if (ends_by_) invocation_.ctl.set_deadline(std::max(*ends_by_, clock::now() + margin_));
}

/// Cancelled by drain(), which outlives it unless the user leaves.
asio::awaitable<void> running_command::beside_output() {
    const auto executor = co_await asio::this_coro::executor;
    try {
        co_await asio::co_spawn(executor, both(input(), followed_.beside()),
                                asio::bind_cancellation_slot(ended_.slot(), asio::use_awaitable));
    } catch (const error& e) {
        // All else ends the output too, and is told there.
        if (e.failure().code == errc::local_io || (terminal_ != nullptr && terminal_->left())) throw;
    } catch (const boost::system::system_error&) {
        co_return; // a read was abandoned: the command has ended
    }
}

asio::awaitable<void> running_command::input() {
    if (keyboard_) {
        co_await both(terminal_->pass_keys(followed_), terminal_->follow_size(followed_));
    } else if (terminal_ != nullptr && with_stdin_) {
        co_await both(feed(), terminal_->follow_size(followed_));
    } else if (terminal_ != nullptr) {
        co_await terminal_->follow_size(followed_);
    } else if (with_stdin_) {
        co_await feed();
    }
}

asio::awaitable<void> running_command::feed() {
    constexpr std::size_t most = 64 * 1024;
    const auto from = std::make_shared<const descriptor>(STDIN_FILENO);
    try {
        for (;;) {
            auto piece = co_await read_piece(invocation_.input, from, most);
            if (piece.empty()) break;
            if (!co_await followed_.write(std::move(piece))) co_return;
        }
        followed_.close_stdin();
    } catch (const error& e) {
        // Input that could not be read must not look like its end. All else ends the output too, and is told there.
        if (e.failure().code == errc::local_io) give_up();
    }
}

} // namespace tug::cli
