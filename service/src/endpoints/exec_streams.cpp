#include "endpoints/exec_streams.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
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

void set_non_blocking(stream_descriptor& d) {
    boost::system::error_code ignored;
    d.native_non_blocking(true, ignored);
}

/// Room for so many bytes, or for a few where there is no memory for more: the command goes on, slowly.
proto::chunk room_for(std::size_t bytes) {
    constexpr std::size_t few = 4096;
    try {
        return proto::chunk(bytes);
    } catch (const std::bad_alloc&) {
        return proto::chunk(std::min(bytes, few));
    }
}

} // namespace

// --- output ----------------------------------------------------------------------------------------------------------

output_pump::output_pump(call& c, std::size_t stream, unique_fd pipe, output_budget& budget)
    : call_(c), stream_(stream), pipe_(c.get_executor(), pipe.get()), budget_(budget), read_size_(first_read) {
    static_cast<void>(pipe.release()); // not before it has an owner: the reactor may refuse it
    set_non_blocking(pipe_);
}

asio::awaitable<void> output_pump::run() {
    co_await carry();
    done_ = true;
    call_.changed().notify_all();
}

asio::awaitable<void> output_pump::carry() {
    bool discarding = false;
    while (co_await wait_readable()) {
        if (discarding || budget_.exceeded) {
            if (!discard()) co_return;
            continue;
        }
        std::size_t most = 1;
        if (!at_limit()) {
            if (call_.io().sendable(stream_) == 0) {
                // Bytes have to wait for credit; the end of the pipe, which is readable too, has not.
                const auto now = look();
                if ((now & POLLIN) == 0 && (now & POLLHUP) != 0) co_return;
                if ((now & POLLIN) == 0) continue;
            }
            const auto credit = co_await call_.credit(stream_);
            if (credit && *credit == 0) co_return close();
            // The room comes last: nothing is held while something else is awaited.
            discarding = !credit || !co_await call_.io().room(stream_);
            if (discarding) continue;
            most = *credit;
        }
        if (!transfer(most)) co_return;
    }
}

/// False where there is nothing more to wait for.
asio::awaitable<bool> output_pump::wait_readable() {
    if (!pipe_.is_open() || remaining_ == std::size_t{0}) co_return false;
    // What is read goes to the output, whose room is soon used up: then others have their turn.
    if (std::exchange(more_, false)) co_return true;
    const auto [ec] = co_await pipe_.async_wait(stream_descriptor::wait_read, as_tuple);
    if (!pipe_.is_open()) co_return false;
    // finish_with_what_is_there() wakes us: there may be something, or nothing at all.
    co_return !ec || (remaining_ && *remaining_ > 0);
}

/// What poll(2) says of the pipe.
int output_pump::look() {
    pollfd p{pipe_.native_handle(), POLLIN, 0};
    return ::poll(&p, 1, 0) == 1 ? p.revents : 0;
}

/// Moves at most that many bytes from the pipe to the stream; false at the end of the pipe.
bool output_pump::transfer(std::size_t most) {
    if (budget_.left) most = std::min<std::uint64_t>(most, std::max<std::uint64_t>(1, *budget_.left));
    if (remaining_) most = std::min(most, *remaining_);
    auto piece = room_for(std::min(most, read_size_));
    most = piece.room().size();
    const auto n = ::read(pipe_.native_handle(), piece.room().data(), most);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) return false;
    if (at_limit()) {
        budget_.exceeded = true;
        call_.changed().notify_all();
        return true;
    }
    piece.commit(static_cast<std::size_t>(n));
    more_ = piece.size() == most;
    read_size_ = piece.size() >= first_read ? proto::piece_size : first_read;
    if (piece.size() >= usual_pipe) enlarge_pipe();
    if (remaining_) *remaining_ -= piece.size();
    if (budget_.left) *budget_.left -= piece.size();
    bytes_ += piece.size();
    digest_.update(piece.bytes());
    call_.io().send(stream_, std::move(piece));
    return true;
}

/// Reads what nobody will get; false at the end of the pipe.
bool output_pump::discard() {
    std::array<std::byte, 16 * 1024> nowhere;
    const auto n = ::read(pipe_.native_handle(), nowhere.data(), nowhere.size());
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

void output_pump::enlarge_pipe() {
    if (std::exchange(enlarged_, true)) return;
    // Refused where the user has all the pipe memory that he may have: then it stays as it is.
    static_cast<void>(::fcntl(pipe_.native_handle(), F_SETPIPE_SZ, large_pipe));
}

void output_pump::close() {
    boost::system::error_code ignored;
    pipe_.close(ignored);
}

void output_pump::finish_with_what_is_there() {
    if (!pipe_.is_open() || done_) return;
    int waiting = 0;
    remaining_ = ::ioctl(pipe_.native_handle(), FIONREAD, &waiting) == 0 ? static_cast<std::size_t>(waiting) : 0;
    boost::system::error_code ignored;
    pipe_.cancel(ignored);
}

void output_pump::send_rest() {
    while (pipe_.is_open() && !at_limit()) {
        const auto most = std::min(call_.io().sendable(stream_), proto::piece_size);
        const auto before = bytes_;
        if (most == 0 || !transfer(most) || bytes_ == before) return;
    }
}

proto::stream_summary output_pump::summary() {
    return {bytes_, digest_.finish().to_string()};
}

// --- input -----------------------------------------------------------------------------------------------------------

input_pump::input_pump(call& c, std::size_t stream, unique_fd pipe)
    : call_(c), stream_(stream), pipe_(c.get_executor(), pipe.get()) {
    static_cast<void>(pipe.release());
    set_non_blocking(pipe_);
}

asio::awaitable<void> input_pump::run() {
    for (;;) {
        const auto piece = co_await call_.read(stream_);
        if (!piece || piece->empty()) break;
        if (!co_await write_all(*piece)) {
            call_.io().stop(stream_);
            break;
        }
    }
    close();
}

/// False where the command reads no more.
asio::awaitable<bool> input_pump::write_all(const proto::chunk& piece) {
    auto rest = piece.bytes();
    while (!rest.empty()) {
        if (!pipe_.is_open()) co_return false;
        const auto n = ::write(pipe_.native_handle(), rest.data(), rest.size());
        if (n > 0) {
            rest = rest.subspan(static_cast<std::size_t>(n));
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN) co_return false;
        const auto [ec] = co_await pipe_.async_wait(stream_descriptor::wait_write, as_tuple);
        if (ec) co_return false;
    }
    co_return true;
}

void input_pump::close() {
    boost::system::error_code ignored;
    pipe_.close(ignored);
}

} // namespace tug::service
