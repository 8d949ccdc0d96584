#pragma once

#include "jobs/held_job.hpp"
#include <tug/os/unique_fd.hpp>

#include <tug/net/task_group.hpp>
#include <tug/proto/json_reader.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <list>
#include <memory>
#include <vector>

namespace tug::service {

class holder_connection;
class follower;

/// What a holder answers on its socket, in frames of tug/1 without a login (the directory of the job is closed to
/// others):
///
/// - `follow` {"stdin"?: true or a position, "take_over"?}, streams `changes` to the client and, where it writes,
///   `stdin` to the holder: a byte on `changes` says that the files of the job have changed, and credit for `stdin`
///   where it begins. It is answered once the result is written.
/// - `signal` {"number"}, `resize` {"rows","cols"}, `redraw`, `end`: answered when it is done.
///
/// Thread safety: none; on the main thread.
class holder_server {
public:
    holder_server(boost::asio::io_context& io, held_job& of);
    ~holder_server();

    /// Accepts until stop().
    [[nodiscard]] boost::asio::awaitable<void> accept(os::unique_fd socket);

    /// Takes no more connections, and lets those that are there read their answers.
    [[nodiscard]] boost::asio::awaitable<void> stop();

private:
    friend class holder_connection;
    friend class follower;

    [[nodiscard]] boost::asio::awaitable<void> serve(os::unique_fd socket);

    boost::asio::io_context& io_;
    held_job& job_;
    boost::asio::posix::stream_descriptor socket_;
    boost::asio::steady_timer pause_; ///< Of accept(), where it ran out of descriptors.
    proto::json_reader reader_;
    std::vector<std::byte> scratch_;
    std::list<std::shared_ptr<holder_connection>> connections_;
    net::task_group tasks_;
    follower* writer_ = nullptr; ///< Whose stdin goes to the command.
    bool input_ended_ = false;   ///< An eof is for good: what a client repeats after a loss is typed once.
    /// Pieces and the end of stdin go to the command one after the other, in the order in which they were counted;
    /// `job_.changed()` is notified.
    std::uint64_t turns_given_ = 0;
    std::uint64_t turn_ = 0;
};

} // namespace tug::service
