#pragma once

#include "process/fork_server.hpp"
#include "tug/service/log.hpp"
#include <tug/os/unique_fd.hpp>

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include <sys/types.h>

namespace tug::service {

/// A holder that waits for its job, at the other end of `talk`. Where that is closed before, it ends.
struct ready_holder {
    pid_t pid = -1;
    os::unique_fd talk;
};

/// Starts holders: a fork server forks them, from the first job on, and one is kept ready for the next job. All are
/// children of one thread, which reaps them.
///
/// Thread safe.
class holder_stock {
public:
    /// `program` serves as helper_start::program; `cgroup` is where the cgroups of its command are to be.
    holder_stock(std::string program, std::string cgroup, std::shared_ptr<const log> logger);

    holder_stock(const holder_stock&) = delete;
    holder_stock& operator=(const holder_stock&) = delete;

    /// Ends what is ready, and leaves those alone that hold a job.
    ~holder_stock();

    /// The one that is ready, or a new one. None has a job before it is given one over `talk`: where this fails, there
    /// is none.
    [[nodiscard]] proto::result<ready_holder> take();

    /// Has one made ready, where there is none: after what the last one was taken for, which it would slow down.
    void replenish();

    /// Reaps those that have ended. Does not block.
    void reap();

    /// How a holder has ended, as "SIGKILL", or ends within a moment; empty where it was in order, or is not known: it
    /// was started by another daemon.
    [[nodiscard]] std::string how_ended(pid_t holder);

private:
    void work();
    [[nodiscard]] bool is_wanted() const noexcept;
    [[nodiscard]] std::optional<ready_holder> take_ready();
    [[nodiscard]] proto::result<ready_holder> start(fork_server& forks) const;
    void reap_children(fork_server& forks);
    void note_end(pid_t child, int status);

    std::string program_;
    std::string cgroup_;
    std::shared_ptr<const log> logger_;

    std::mutex mutex_; // guards all below
    std::condition_variable wanted_changed_;
    std::condition_variable ready_changed_;
    std::deque<ready_holder> ready_;
    std::size_t waiting_ = 0; ///< Callers of take().
    bool spare_wanted_ = false;
    std::size_t failures_ = 0;
    proto::failure failure_; ///< The last of them.
    bool over_ = false;
    bool to_reap_ = false;
    std::set<pid_t> living_;               ///< Holders that were started and are not reaped.
    std::map<pid_t, std::string> crashed_; ///< How they ended; a few.
    std::thread thread_;                   ///< Runs work(), from the first job on.
};

} // namespace tug::service
