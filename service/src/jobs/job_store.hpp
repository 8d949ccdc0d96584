#pragma once

#include "jobs/holder_stock.hpp"
#include "jobs/job_directory.hpp"
#include "jobs/job_launch.hpp"
#include "tug/service/call.hpp"
#include "tug/service/log.hpp"
#include <tug/os/unique_fd.hpp>

#include <tug/proto/error.hpp>
#include <tug/proto/job_messages.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sys/types.h>

namespace tug::service {

/// How much a store takes.
struct job_limits {
    std::size_t running = 256;
    std::size_t kept = 4'096;                                     ///< Those that run and those that have ended.
    std::uint64_t bytes = std::uint64_t{64} * 1024 * 1024 * 1024; ///< That all may keep together.
};

struct job_counts {
    std::size_t running = 0;
    std::size_t kept = 0; ///< Running, or ended and not removed.
};

/// A job that was found: whose it is, and which.
struct found_job {
    std::string owner; ///< The name of the owner's directory.
    std::string name;
    ino_t inode = 0; ///< Tells it from a later one of the same name.
};

/// The jobs below a state directory. That directory is the truth: whatever process made a job, it is found there, and
/// how it is follows from its files and from whether a holder has its lock. What is kept in memory is only what cannot
/// change any more.
///
/// All functions block, but for those that say otherwise. Thread safe.
class job_store {
public:
    /// `program` serves as helper_start::program; `cgroup` is the directory in which those of jobs are to be;
    /// empty: they get none. Makes the directory where there is none. Fails where it cannot be used, or is open to
    /// other users.
    [[nodiscard]] static proto::result<std::unique_ptr<job_store>> open(const std::string& path, const job_limits& most,
                                                                        std::string program, std::string cgroup,
                                                                        std::shared_ptr<const log> logger);

    /// Starts a job, or finds the one of that name and params. `prepare` makes what the holder is to be started with;
    /// it is called only for a job that is new.
    [[nodiscard]] proto::result<proto::job_start_result>
    start(const caller& who, proto::job_start_params params,
          const std::function<proto::result<void>(job_launch&, holder_descriptors&)>& prepare,
          const std::function<bool()>& given_up);

    /// Has a holder made ready for the next job; does not wait for it. To be called when what came of start() is on
    /// its way: to make one takes the processor that the answer and the command are to have.
    void prepare_next();

    /// The job of that name which the caller may see; else not_found.
    [[nodiscard]] proto::result<found_job> find(const caller& who, const std::string& name) const;

    /// All that the caller may see, by name.
    [[nodiscard]] proto::result<std::vector<found_job>> list(const caller& who) const;

    /// Its directory; not_found where it was removed meanwhile.
    [[nodiscard]] proto::result<job_directory> directory_of(const found_job& job) const;

    /// How it is now. Where it is found to be lost, what is left of its tree is ended.
    [[nodiscard]] proto::result<proto::job_info> look_at(const found_job& job);

    /// Adds how it is now as a line of a listing; nothing where it was removed meanwhile, or its files are no good.
    /// Fails with busy where that cannot be known, as for want of descriptors.
    [[nodiscard]] proto::result<void> add_line(const found_job& job, std::string& to);

    /// Fails with busy where it runs.
    [[nodiscard]] proto::result<void> remove(const found_job& job);

    /// Removes what was kept long enough, notices what was lost, and reaps holders. To be called now and then.
    void tidy();

    /// How many there are, of all keys, as far as they were looked at: tidy() does that. Does not block.
    [[nodiscard]] job_counts counts() const;

    /// The directory of the jobs, for looking at its file system.
    [[nodiscard]] int descriptor() const noexcept { return jobs_.get(); }

    /// Ends all that run, in order, and waits for their results; at most so long.
    void end_all(std::chrono::milliseconds most);

private:
    struct entry {
        ino_t inode = 0;
        proto::job_info info; ///< Whole where the job is over; else what does not change.
        std::uint64_t keep_bytes = 0;
        std::uint64_t keep_ms = 0;
        std::uint64_t family = 0;
        std::string boot;
        std::string cgroup;
        pid_t holder = -1;                       ///< Where this process has started it.
        std::shared_ptr<const std::string> line; ///< Of a listing, once one was asked for; of a job that is over alone.

        /// What it takes, or may come to take.
        [[nodiscard]] std::uint64_t bytes() const noexcept;
    };

    using key = std::pair<std::string, std::string>; ///< Owner and name.

    job_store() = default;

    [[nodiscard]] proto::result<os::unique_fd> open_owner(const std::string& owner) const;
    [[nodiscard]] proto::result<std::vector<std::string>> owners_for(const caller& who) const;
    [[nodiscard]] std::optional<found_job> find_in(const std::string& owner, const std::string& name) const;
    [[nodiscard]] proto::result<void> add_jobs_of(const std::string& owner, std::vector<found_job>& to) const;
    [[nodiscard]] proto::result<std::vector<found_job>> all() const;
    [[nodiscard]] std::optional<entry> known(const found_job& job) const;
    [[nodiscard]] static proto::result<entry> load(const found_job& job, const job_directory& in);
    [[nodiscard]] proto::result<proto::job_info> lose(const found_job& job, entry of, const job_directory& in);
    [[nodiscard]] proto::result<void> take_place(std::uint64_t bytes);
    [[nodiscard]] proto::result<proto::job_start_result> attach_to(const found_job& job,
                                                                   const boost::json::object& params) const;
    [[nodiscard]] proto::result<launch_outcome> launch(const job_launch& how, const holder_descriptors& given,
                                                       const std::function<bool()>& given_up, pid_t& holder);
    void count_in(const found_job& job, pid_t holder);
    void remember(const found_job& job, entry e);
    [[nodiscard]] std::string why_lost(const entry& of, const job_directory& in) const;

    os::unique_fd jobs_;
    job_limits most_;
    std::string cgroup_;
    std::shared_ptr<const log> logger_;
    std::unique_ptr<holder_stock> stock_;

    mutable std::mutex mutex_;
    std::condition_variable started_;
    std::set<key> starting_; ///< Names whose start is under way.
    std::map<key, entry> known_;
};

} // namespace tug::service
