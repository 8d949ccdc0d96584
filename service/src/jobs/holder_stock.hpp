#pragma once

#include "process/helper_process.hpp"
#include <tug/os/unique_fd.hpp>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace tug::service {

/// A holder that waits for its job, at the other end of `talk`. Where that is closed before, it ends.
struct ready_holder {
    helper_process process;
    os::unique_fd talk;
};

/// Starts holders. To start a program takes longer than all else that a job needs: so from the first job on one holder
/// is kept ready for the next, by a thread of its own.
///
/// Thread safe.
class holder_stock {
public:
    /// `program` serves as helper_start::program; `cgroup` is where the cgroups of its command are to be.
    holder_stock(std::string program, std::string cgroup) : program_(std::move(program)), cgroup_(std::move(cgroup)) {}

    holder_stock(const holder_stock&) = delete;
    holder_stock& operator=(const holder_stock&) = delete;
    ~holder_stock();

    /// The one that is ready, or a new one.
    [[nodiscard]] proto::result<ready_holder> take();

    /// Has one made ready, where there is none: after what the last one was taken for, which it would slow down.
    void replenish();

private:
    [[nodiscard]] proto::result<ready_holder> start();
    [[nodiscard]] std::optional<ready_holder> take_spare();
    void keep_one();

    std::string program_;
    std::string cgroup_;
    helper_starter starter_;
    std::mutex mutex_;
    std::condition_variable wanted_changed_;
    std::optional<ready_holder> spare_;
    bool wanted_ = false; ///< One is to be made ready.
    bool over_ = false;
    std::thread thread_; ///< Runs keep_one(), from the first job on.
};

} // namespace tug::service
