#pragma once

#include "os/unique_fd.hpp"
#include "tug/service/call.hpp"

#include <tug/proto/digest.hpp>
#include <tug/proto/exec_messages.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace tug::service {

/// How much stdout and stderr of one command may bring together.
struct output_budget {
    std::optional<std::uint64_t> left; ///< Nothing: no limit.
    bool exceeded = false;
};

/// Carries one output of a command from its pipe to its stream. Lives on the call's thread.
class output_pump {
public:
    /// `pipe` is the reading end.
    output_pump(call& c, std::size_t stream, unique_fd pipe, output_budget& budget);

    /// Runs until the pipe ends, close() or a client who wants no more. Notifies call::changed() when it is done.
    /// Whatever keeps it from sending, the pipe is read on, so that the command never blocks on a reader that is not
    /// coming back.
    [[nodiscard]] boost::asio::awaitable<void> run();

    /// No more is wanted: the command gets SIGPIPE when it writes on.
    void close();

    /// Nothing more is awaited but what is in the pipe now.
    void finish_with_what_is_there();

    /// Sends what is in the pipe as far as the credit reaches, without waiting. For when run() is to go on no more; it
    /// may wait, but must not read.
    void send_rest();

    [[nodiscard]] bool done() const noexcept { return done_; }

    [[nodiscard]] proto::stream_summary summary();

private:
    [[nodiscard]] boost::asio::awaitable<void> carry();
    [[nodiscard]] boost::asio::awaitable<bool> wait_readable();

    [[nodiscard]] bool at_limit() const noexcept { return budget_.left == 0U || budget_.exceeded; }

    [[nodiscard]] int look();
    [[nodiscard]] bool transfer(std::size_t most);
    [[nodiscard]] bool discard();
    void enlarge_pipe();

    call& call_;
    std::size_t stream_;
    boost::asio::posix::stream_descriptor pipe_;
    output_budget& budget_;
    proto::hasher digest_{proto::digest_kind::xxh3_128};
    std::uint64_t bytes_ = 0;
    std::optional<std::size_t> remaining_; ///< Set where only so much more is awaited.
    std::size_t read_size_;                ///< How much the next read asks for.
    bool more_ = false;                    ///< The last read got all that it asked for: the next one need not wait.
    bool enlarged_ = false;
    bool done_ = false;
};

/// Carries the stdin stream to the command.
class input_pump {
public:
    /// `pipe` is the writing end.
    input_pump(call& c, std::size_t stream, unique_fd pipe);

    /// Runs until eof, close(), or the command has closed its stdin; the client is then told to stop.
    [[nodiscard]] boost::asio::awaitable<void> run();

    void close();

private:
    [[nodiscard]] boost::asio::awaitable<bool> write_all(const proto::chunk& piece);

    call& call_;
    std::size_t stream_;
    boost::asio::posix::stream_descriptor pipe_;
};

} // namespace tug::service
