#pragma once

#include "jobs/holder_client.hpp"
#include "jobs/job_directory.hpp"
#include "tug/service/call.hpp"
#include <tug/os/unique_fd.hpp>

#include <tug/net/condition.hpp>
#include <tug/net/task_group.hpp>
#include <tug/proto/digest.hpp>
#include <tug/proto/job_messages.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tug::service {

/// A client who follows a job over a call of job.attach: what the files of the job have, from a position on, is sent as
/// credit comes; the holder says when there is more, and takes what the client sends as stdin. The job goes on whatever
/// becomes of it. On the call's thread.
class job_attachment {
public:
    job_attachment(call& c, const proto::job_attach_params& params, proto::job_info at, job_directory in);
    job_attachment(const job_attachment&) = delete;
    job_attachment& operator=(const job_attachment&) = delete;

    /// Opens the files. Fails with range_invalid where they do not have what is asked for. Blocks.
    [[nodiscard]] proto::result<void> open();

    /// Sends until the job is over and all of it was sent, or the call has to end. Fails where the holder refuses.
    [[nodiscard]] boost::asio::awaitable<proto::result<void>> run();

    /// Puts what was sent in the place of what was written.
    void report(const proto::job_info& of, proto::exec_result& result);

private:
    /// One output and the stream that it goes to.
    struct followed {
        os::unique_fd file;
        job_marks::mark kept_from;
        std::size_t stream = 0;
        std::uint64_t begin = 0;
        std::uint64_t position = 0; ///< Of the next byte to be sent.
        std::uint64_t sent = 0;
        bool jumped = true; ///< The next data says where it begins.
        proto::hasher digest{proto::digest_kind::xxh3_128};
    };

    /// What was read, and where.
    struct positioned {
        proto::chunk bytes;
        std::uint64_t position;
        proto::hasher digest_before; ///< The digest covers what is sent, and that is known only afterwards.
    };

    [[nodiscard]] proto::result<void> open(std::optional<followed>& to, const char* file, job_marks::mark kept_from,
                                           const proto::job_position& from);
    [[nodiscard]] bool has_more(followed& f) const;
    [[nodiscard]] std::vector<positioned> read(followed& f, std::size_t most) const;
    [[nodiscard]] boost::asio::awaitable<void> send(followed& f);
    [[nodiscard]] boost::asio::awaitable<bool> send_pieces(followed& f, std::vector<positioned>& pieces);
    [[nodiscard]] boost::asio::awaitable<void> feed();
    [[nodiscard]] boost::asio::awaitable<void> hear_changes();
    [[nodiscard]] boost::asio::awaitable<void> hear_end();
    [[nodiscard]] boost::asio::awaitable<proto::result<bool>> follow();

    [[nodiscard]] bool all_sent() const noexcept { return senders_ == 0; }

    call& call_;
    const proto::job_attach_params& params_;
    proto::job_info at_;
    job_directory directory_;
    job_marks marks_;
    std::optional<followed> out_;
    std::optional<followed> err_;
    holder_client holder_;
    net::condition& changed_; ///< That of the call.
    net::task_group tasks_;
    std::size_t senders_ = 0;
    bool over_ = false; ///< The files have all that they will have.
};

} // namespace tug::service
