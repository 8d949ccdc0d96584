#include "jobs/output.hpp"

#include "jobs/pipe_end.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;

namespace {

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

/// A pipe that was found full is made this large, in bytes: a fast writer is then woken a quarter as often.
constexpr int large_pipe = 1024 * 1024;
constexpr std::size_t usual_pipe = 64 * 1024;

/// A first read asks for so little, since most commands write little: the memory of a piece is not held, nor paged in,
/// for a line. A read that gets all that it asked for makes the next one ask for a whole piece.
constexpr std::size_t first_read = 4 * 1024;

} // namespace

output::output(asio::any_io_executor executor, unique_fd pipe, spool kept, output_budget& budget,
               net::condition& changed)
    : pipe_(open_pipe_end(std::move(executor), std::move(pipe))),
      spool_(std::move(kept)),
      budget_(budget),
      changed_(changed),
      read_size_(first_read) {}

asio::awaitable<bool> output::readable(std::uint64_t position) {
    if (holds_writer()) return pipe_readable();
    return written_beyond(position);
}

/// False where there is nothing more to wait for. What is over the budget is no reader's.
asio::awaitable<bool> output::pipe_readable() {
    while (!ended_) {
        // What is read goes to a reader, who soon can take no more: then other outputs have their turn.
        const bool waits = !is_over() && !more_;
        more_ = false;
        if (waits) {
            const auto [ec] = co_await pipe_.async_wait(stream_descriptor::wait_read, as_tuple);
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
    while (position >= spool_.written() && !ended_) {
        const auto [ec] = co_await changed_.async_wait(as_tuple);
        if (ec) break;
    }
    co_return position < spool_.written();
}

bool output::has_bytes(std::uint64_t position) {
    if (!holds_writer()) return position < spool_.written();
    pollfd p{pipe_.native_handle(), POLLIN, 0};
    const int there = ::poll(&p, 1, 0) == 1 ? p.revents : 0;
    if ((there & POLLIN) != 0) return true;
    if ((there & POLLHUP) != 0) end();
    return false;
}

proto::chunk output::read(std::uint64_t position, std::size_t most) {
    if (!holds_writer()) return spool_.read(position, most);
    fill(std::min(most, spool_.room()));
    return spool_.take(most);
}

// g++ 12 ruins the frame of a coroutine that is nothing but `while (co_await f())`: the condition needs a name.

asio::awaitable<void> output::collect() {
    for (;;) {
        const bool more = co_await pipe_readable();
        if (!more) co_return;
        fill(proto::piece_size);
        changed_.notify_all();
    }
}

asio::awaitable<void> output::drain() {
    for (;;) {
        const bool more = co_await pipe_readable();
        if (!more) co_return;
        discard();
    }
}

/// Moves at most that many bytes from the pipe to the spool.
void output::fill(std::size_t most) {
    if (is_over() || budget_.used_up()) return;
    most = budget_.cut(std::min(most, read_size_));
    if (remaining_) most = std::min(most, *remaining_);
    proto::chunk piece(most);
    const auto n = ::read(pipe_.native_handle(), piece.room().data(), most);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) return end();
    piece.commit(static_cast<std::size_t>(n));
    more_ = piece.size() == most;
    read_size_ = piece.size() >= first_read ? proto::piece_size : first_read;
    if (piece.size() >= usual_pipe) enlarge_pipe();
    if (remaining_) *remaining_ -= piece.size();
    budget_.use(piece.size());
    spool_.append(std::move(piece));
}

/// Reads what no reader gets. Where the budget is used up, it was one byte too much.
void output::discard() {
    std::array<std::byte, 16 * 1024> nowhere;
    const auto n = ::read(pipe_.native_handle(), nowhere.data(), nowhere.size());
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) return end();
    if (budget_.used_up()) budget_.exceed();
}

void output::enlarge_pipe() {
    if (std::exchange(enlarged_, true)) return;
    // Refused where the user has all the pipe memory that he may have: then it stays as it is.
    static_cast<void>(::fcntl(pipe_.native_handle(), F_SETPIPE_SZ, large_pipe));
}

void output::end() {
    if (!std::exchange(ended_, true)) changed_.notify_all();
}

void output::close() {
    boost::system::error_code ignored;
    pipe_.close(ignored);
    end();
}

void output::finish_with_what_is_there() {
    if (!pipe_.is_open() || ended_) return;
    int waiting = 0;
    remaining_ = ::ioctl(pipe_.native_handle(), FIONREAD, &waiting) == 0 ? static_cast<std::size_t>(waiting) : 0;
    if (is_over()) end();
    boost::system::error_code ignored;
    pipe_.cancel(ignored); // wakes the reader
}

} // namespace tug::service
