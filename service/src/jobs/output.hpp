#pragma once

#include "jobs/output_budget.hpp"
#include "jobs/spool.hpp"
#include "jobs/terminal.hpp"
#include <tug/os/unique_fd.hpp>

#include <tug/net/condition.hpp>
#include <tug/proto/chunk.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace tug::service {

/// One output of a job: the reading end of its pipe, or its terminal, and the spool of what came out of it.
///
/// Where the spool drops the oldest, collect() reads the pipe all the time, and any number of readers follow the spool.
/// Where it holds the writer, nothing is read ahead: one reader at a time waits for readable() and then asks for as
/// much as it can pass on at once, and exactly that goes from the pipe through the spool to it. So a reader that stalls
/// costs no memory, and the bytes are neither copied nor wait for another coroutine.
///
/// Thread safety: none; use it on its executor.
class output {
public:
    /// `changed` is notified when there is something new to read in a spool that drops, and when the output has ended.
    output(const boost::asio::any_io_executor& executor, os::unique_fd pipe, std::unique_ptr<spool> kept,
           output_budget& budget, net::condition& changed);

    /// The same for what is printed on a terminal, which must outlive the output.
    output(terminal& from, std::unique_ptr<spool> kept, output_budget& budget, net::condition& changed);

    output(const output&) = delete;
    output& operator=(const output&) = delete;

    /// Waits until there may be bytes from `position` on. False once nothing more will come, or where the wait was
    /// cancelled.
    [[nodiscard]] boost::asio::awaitable<bool> readable(std::uint64_t position);

    /// Whether there are bytes from `position` on. A reader that may take none now asks this before it waits for leave,
    /// because the end of the output, which this notices, must not wait for that.
    [[nodiscard]] bool has_bytes(std::uint64_t position);

    /// At most `most` bytes from `position` on, without waiting; none where none are there.
    /// Precondition: kept().kept_from() <= position.
    [[nodiscard]] proto::chunk read(std::uint64_t position, std::size_t most);

    /// Reads all that comes into the spool, until the end. For a spool that drops the oldest.
    [[nodiscard]] boost::asio::awaitable<void> collect();

    /// Reads on until the end what no reader will get, so that the command does not block on one that has left. Returns
    /// at once where the output has ended.
    [[nodiscard]] boost::asio::awaitable<void> drain();

    /// No more is wanted: the command gets SIGPIPE when it writes on. A terminal is hung up.
    void close();

    /// Nothing more is awaited but what is in the pipe now.
    void finish_with_what_is_there();

    [[nodiscard]] bool ended() const noexcept { return ended_; }

    [[nodiscard]] spool& kept() noexcept { return *spool_; }

private:
    output(std::optional<boost::asio::posix::stream_descriptor> pipe, terminal* from, std::unique_ptr<spool> kept,
           output_budget& budget, net::condition& changed);

    [[nodiscard]] boost::asio::awaitable<bool> source_readable();
    [[nodiscard]] boost::asio::awaitable<bool> written_beyond(std::uint64_t position);

    [[nodiscard]] bool holds_writer() const noexcept { return spool_->policy() == when_full::hold_writer; }

    [[nodiscard]] bool is_over() const noexcept { return !from_.is_open() || remaining_ == std::size_t{0}; }

    [[nodiscard]] boost::asio::awaitable<void> wait_for_room();
    [[nodiscard]] std::size_t read_now(std::span<std::byte> room);
    [[nodiscard]] int events_now();
    [[nodiscard]] proto::chunk read_little(std::size_t most);
    [[nodiscard]] proto::chunk read_piece(std::size_t most);
    void fill(std::size_t most);
    void discard();
    void enlarge_pipe();
    void end();

    std::optional<boost::asio::posix::stream_descriptor> pipe_; ///< Nothing where it reads a terminal.
    terminal* terminal_;                                        ///< Null where it reads a pipe.
    boost::asio::posix::stream_descriptor& from_;               ///< The one or the other.
    std::unique_ptr<spool> spool_;
    output_budget& budget_;
    net::condition& changed_;
    std::optional<std::size_t> remaining_; ///< Set where only so much more is awaited.
    std::size_t read_size_;                ///< How much the next read asks for.
    bool more_ = false;                    ///< The last read got all that it asked for: the next one need not wait.
    bool enlarged_ = false;
    bool ended_ = false;
};

} // namespace tug::service
