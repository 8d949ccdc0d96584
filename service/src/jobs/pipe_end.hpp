#pragma once

#include <tug/os/unique_fd.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace tug::service {

/// Our end of a pipe, which does not block. Throws boost::system::system_error where the reactor refuses it.
inline boost::asio::posix::stream_descriptor open_pipe_end(const boost::asio::any_io_executor& executor,
                                                           os::unique_fd pipe) {
    boost::asio::posix::stream_descriptor end(executor, pipe.get());
    static_cast<void>(pipe.release()); // not before it has an owner
    boost::system::error_code ignored;
    end.native_non_blocking(true, ignored);
    return end;
}

} // namespace tug::service
