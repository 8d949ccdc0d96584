#pragma once

#include "jobs/terminal.hpp"
#include <tug/os/unique_fd.hpp>

#include <tug/proto/chunk.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstddef>
#include <optional>
#include <span>

namespace tug::service {

/// The stdin of a job: the writing end of its pipe, or what is typed on its terminal. Thread safety: none; use it on
/// its executor.
class input {
public:
    input(const boost::asio::any_io_executor& executor, os::unique_fd pipe);

    /// The terminal must outlive the input.
    explicit input(terminal& on);

    input(const input&) = delete;
    input& operator=(const input&) = delete;

    /// Writes all of it, however long the command takes to read. False where the command reads no more, and after
    /// close().
    [[nodiscard]] boost::asio::awaitable<bool> write(const proto::chunk& piece);

    /// Behind all that was written, the command reads the end of its input. On a terminal that is a character, which a
    /// program may take for another thing.
    [[nodiscard]] boost::asio::awaitable<void> finish();

    /// Nothing more is written; what waits for room ends. A terminal is its owner's to close.
    void close();

private:
    [[nodiscard]] boost::asio::awaitable<bool> write_all(std::span<const std::byte> rest);

    std::optional<boost::asio::posix::stream_descriptor> pipe_; ///< Nothing where it types on a terminal.
    terminal* terminal_ = nullptr;
    boost::asio::posix::stream_descriptor& to_; ///< The one or the other.
    bool at_line_start_ = true;
};

} // namespace tug::service
