#pragma once

#include "proc_file.hpp"
#include <tug/os/unique_fd.hpp>

namespace tug::service {

/// A handle to exactly the process that was found, not to a later one of the same number. Where the kernel or a seccomp
/// filter has no pidfds it is the number, which is compared with /proc right before it is used. Movable, not thread
/// safe.
class pinned_process {
public:
    /// The handle is empty where the process is gone or no descriptor is free.
    explicit pinned_process(const proc_stat& found);

    [[nodiscard]] explicit operator bool() const noexcept { return held_; }

    /// 0 or the errno.
    int signal(int number) const noexcept;

    /// Readable once the process has ended; -1 where that cannot be had.
    [[nodiscard]] int descriptor() const noexcept { return pidfd_.get(); }

    /// Where it is a child of this process that has ended: now, since the main thread may come to it only later.
    void reap() const noexcept;

private:
    [[nodiscard]] bool is_there() const noexcept;

    pid_t pid_;
    std::uint64_t start_time_;
    os::unique_fd pidfd_;
    bool held_;
};

} // namespace tug::service
