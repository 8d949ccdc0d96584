#pragma once

#include "jobs/job.hpp"

#include <tug/net/call_io.hpp>
#include <tug/net/task_group.hpp>
#include <tug/proto/digest.hpp>
#include <tug/proto/exec_messages.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace tug::service {

/// A client who follows a job over a call, whose streams are those of exec: what the outputs have, from a position on,
/// is sent as credit comes, and what the client sends as stdin is written.
///
/// Thread safety: none; call and job have one executor, and both outlive the attachment. join() must have completed
/// before it is destroyed.
class attachment {
public:
    /// Where to begin in the outputs.
    struct positions {
        std::uint64_t out = 0;
        std::uint64_t err = 0;
    };

    attachment(net::call_io& io, job& to, const positions& from);
    attachment(const attachment&) = delete;
    attachment& operator=(const attachment&) = delete;

    void start();

    /// Closes the outputs that the client has stopped: the command gets SIGPIPE when it writes on. To be called after
    /// the client has stopped a stream.
    void obey_stops();

    /// Waits for nothing more, neither credit nor stdin. `with_rest`: sends what is in outputs that have not ended as
    /// far as credit reaches.
    void leave(bool with_rest);

    /// Waits until no coroutine is left: call leave(), then close the job.
    [[nodiscard]] boost::asio::awaitable<void> join() { return tasks_.join(); }

    /// Puts what was sent in the place of what was written, where that is not the same.
    void report(proto::exec_result& result);

private:
    /// One output and the stream that it goes to.
    struct followed {
        output& from;
        std::size_t stream;
        std::uint64_t position; ///< Of the next byte to be sent.
        std::uint64_t sent = 0;
        /// Nothing where what is sent is all that is written, whose digest the spool has.
        std::optional<proto::hasher> digest;

        followed(output& o, std::size_t s, std::uint64_t p);
    };

    template <class Function>
    void for_each_output(Function f) {
        f(out_);
        if (err_) f(*err_);
    }

    boost::asio::awaitable<void> follow(followed& f);
    boost::asio::awaitable<void> feed(input& to);
    bool send_ready(followed& f, std::size_t most);
    void send_rest();

    net::call_io& io_;
    job& job_;
    followed out_;
    std::optional<followed> err_;
    net::task_group tasks_;
};

} // namespace tug::service
