#include "jobs/output.hpp"

#include "tug/net/tokens.hpp"

#include "jobs/pipe_end.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;

namespace {

using net::as_tuple;

/// A pipe that was found full is made this large, in bytes: a fast writer is then woken a quarter as often.
constexpr int large_pipe = 1024 * 1024;
constexpr std::size_t usual_pipe = 64 * 1024;

/// A first read asks for so little, since most commands write little: the memory of a piece is not held, nor paged in,
/// for a line. A read that gets all that it asked for makes the next one ask for a whole piece.
constexpr std::size_t first_read = 4 * 1024;

/// More than a terminal holds that was printed and not read: the kernel keeps 12 KiB.
constexpr std::size_t most_in_terminal = 64 * 1024;

} // namespace

output::output(const asio::any_io_executor& executor, os::unique_fd pipe, std::unique_ptr<spool> kept,
               output_budget& budget, net::condition& changed)
    : output(open_pipe_end(executor, std::move(pipe)), nullptr, std::move(kept), budget, changed) {}

output::output(terminal& from, std::unique_ptr<spool> kept, output_budget& budget, net::condition& changed)
    : output(std::nullopt, &from, std::move(kept), budget, changed) {}

output::output(std::optional<stream_descriptor> pipe, terminal* from, std::unique_ptr<spool> kept,
               output_budget& budget, net::condition& changed)
    : pipe_(std::move(pipe)),
      terminal_(from),
      from_(terminal_ != nullptr ? terminal_->master() : *pipe_),
      spool_(std::move(kept)),
      budget_(budget),
      changed_(changed),
      read_size_(first_read) {}

asio::awaitable<bool> output::readable(std::uint64_t position) {
    if (holds_writer()) return source_readable();
    return written_beyond(position);
}

/// False where there is nothing more to wait for. What is over the budget is no reader's.
asio::awaitable<bool> output::source_readable() {
    while (!ended_) {
        // What is read goes to a reader, who soon can take no more: then other outputs have their turn.
        // Nor does what is awaited no more: it is there now, or not at all.
        const bool waits = !is_over() && !more_ && !remaining_;
        more_ = false;
        if (waits) {
            const auto [ec] = co_await from_.async_wait(stream_descriptor::wait_read, as_tuple);
            // finish_with_what_is_there() wakes us, too: there may be something, or nothing at all.
            if (ec && !remaining_) end();
        }
        if (is_over()) end();
        if (ended_ || !budget_.used_up()) break;
        discard();
    }
    co_return !ended_;
}

asio::awaitable<bool> output::written_beyond(std::uint64_t position) {
    while (position >= spool_->written() && !ended_) {
        const auto [ec] = co_await changed_.async_wait(as_tuple);
        if (ec) break;
    }
    co_return position < spool_->written();
}

bool output::has_bytes(std::uint64_t position) {
    if (!holds_writer()) return position < spool_->written();
    int there = events_now();
    // The end of a terminal may show before what was printed last.
    if ((there & (POLLIN | POLLHUP)) == POLLHUP) there = events_now();
    if ((there & POLLIN) != 0) return true;
    if ((there & POLLHUP) != 0 || remaining_) end();
    return false;
}

int output::events_now() {
    pollfd p{from_.native_handle(), POLLIN, 0};
    return ::poll(&p, 1, 0) == 1 ? p.revents : 0;
}

proto::chunk output::read(std::uint64_t position, std::size_t most) {
    if (!holds_writer()) return spool_->read(position, most);
    fill(std::min(most, spool_->room()));
    return spool_->take(most);
}

// g++ 12 ruins the frame of a coroutine that is nothing but `while (co_await f())`: the condition needs a name.

asio::awaitable<void> output::collect() {
    for (;;) {
        const bool more = co_await source_readable();
        if (!more) co_return;
        while (spool_->room() == 0 && from_.is_open()) co_await wait_for_room();
        fill(proto::piece_size);
        changed_.notify_all();
    }
}

/// A disk does not say when there is room on it again.
asio::awaitable<void> output::wait_for_room() {
    constexpr auto between_looks = std::chrono::milliseconds(100);
    asio::steady_timer clock(from_.get_executor(), between_looks);
    co_await clock.async_wait(as_tuple);
}

asio::awaitable<void> output::drain() {
    for (;;) {
        const bool more = co_await source_readable();
        if (!more) co_return;
        discard();
    }
}

/// Reads what is there, if that need not be waited for. Where nothing is and no more is awaited, that is the end.
std::size_t output::read_now(std::span<std::byte> room) {
    std::size_t got = 0;
    for (int ends = 0; got < room.size();) {
        const auto n = ::read(from_.native_handle(), room.data() + got, room.size() - got);
        if (n < 0 && errno == EINTR) continue;
        const bool nothing_now = n < 0 && errno == EAGAIN;
        if (n > 0) got += static_cast<std::size_t>(n);
        if (n > 0 && terminal_ != nullptr) continue; // it gives no more than 4 KiB at once
        // The end of a terminal may show before what was printed last: asked again, it tells of both in their order.
        if (n <= 0 && !nothing_now && terminal_ != nullptr && ++ends < 2) continue;
        if (got == 0 && (!nothing_now || remaining_)) end();
        break;
    }
    return got;
}

/// At most first_read bytes. Nothing is allocated where there are none, as at the end, which is all that many commands
/// write; and where there are some, there is room behind them for what comes next.
proto::chunk output::read_little(std::size_t most) {
    std::array<std::byte, first_read> little;
    const auto got = read_now(std::span(little).first(most));
    if (got == 0) return {};
    proto::chunk piece(first_read);
    piece.append(std::span(little).first(got));
    return piece;
}

/// At most that many bytes.
proto::chunk output::read_piece(std::size_t most) {
    if (most <= first_read) return read_little(most);
    proto::chunk piece(most);
    piece.commit(read_now(piece.room()));
    return piece;
}

/// Moves at most that many bytes to the spool.
void output::fill(std::size_t most) {
    if (is_over() || budget_.used_up()) return;
    most = budget_.cut(std::min(most, read_size_));
    if (remaining_) most = std::min(most, *remaining_);
    if (terminal_ != nullptr) most = std::min(most, most_in_terminal);
    auto piece = read_piece(most);
    if (piece.empty()) return;
    if (terminal_ != nullptr) terminal_->shown(piece.bytes());
    more_ = piece.size() == most;
    read_size_ = piece.size() >= first_read ? proto::piece_size : first_read;
    if (piece.size() >= usual_pipe) enlarge_pipe();
    if (remaining_) *remaining_ -= piece.size();
    budget_.use(piece.size());
    spool_->append(std::move(piece));
}

/// Reads what no reader gets. Where the budget is used up, it was one byte too much.
void output::discard() {
    std::array<std::byte, 16 * 1024> nowhere;
    const auto got = read_now(nowhere);
    if (remaining_) *remaining_ -= std::min(got, *remaining_);
    if (got > 0 && budget_.used_up()) budget_.exceed();
}

void output::enlarge_pipe() {
    if (!pipe_ || std::exchange(enlarged_, true)) return;
    // Refused where the user has all the pipe memory that he may have: then it stays as it is.
    static_cast<void>(::fcntl(pipe_->native_handle(), F_SETPIPE_SZ, large_pipe));
}

void output::end() {
    if (!std::exchange(ended_, true)) changed_.notify_all();
}

void output::close() {
    boost::system::error_code ignored;
    if (terminal_ != nullptr)
        terminal_->close();
    else
        pipe_->close(ignored);
    end();
}

void output::finish_with_what_is_there() {
    if (!from_.is_open() || ended_) return;
    int waiting = 0;
    if (terminal_ != nullptr)
        remaining_ = most_in_terminal; // it does not tell how much it holds
    else
        remaining_ = ::ioctl(from_.native_handle(), FIONREAD, &waiting) == 0 ? static_cast<std::size_t>(waiting) : 0;
    if (is_over()) end();
    boost::system::error_code ignored;
    from_.cancel(ignored); // wakes the reader
}

} // namespace tug::service
