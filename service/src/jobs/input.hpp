#pragma once

#include "os/unique_fd.hpp"

#include <tug/proto/chunk.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace tug::service {

/// The stdin of a job: the writing end of its pipe. Thread safety: none; use it on its executor.
class input {
public:
    input(boost::asio::any_io_executor executor, unique_fd pipe);

    /// Writes all of it, however long the command takes to read. False where the command reads no more, and after
    /// close().
    [[nodiscard]] boost::asio::awaitable<bool> write(const proto::chunk& piece);

    /// The command reads the end of its input.
    void close();

private:
    boost::asio::posix::stream_descriptor pipe_;
};

} // namespace tug::service
