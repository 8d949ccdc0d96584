#pragma once

#include "helper_process.hpp"

#include <sys/types.h>

#include <future>
#include <span>
#include <string>
#include <string_view>
#include <thread>

namespace tug::service {

/// A process that waits for the death of this one, where it comes without an end (kill -9, want of memory), and then
/// ends the commands that are left: all that is in their cgroups, and all that carries a tag of this process (tag.hpp);
/// then it ends as well. What commands with keep_children have started it leaves alone. It keeps no descriptor open and
/// heeds no signal but SIGKILL.
///
/// Not thread safe.
class death_watch {
public:
    /// `cgroup` is where the cgroups of commands are, as for cgroup_home::open(). To be made by main, before there is
    /// another thread. There is none where the kernel refuses, and for PID 1, with which the kernel ends all others.
    explicit death_watch(const std::string& cgroup, const std::string& program = own_program);

    death_watch(const death_watch&) = delete;
    death_watch& operator=(const death_watch&) = delete;

    /// To be called when all commands have ended: ends the watch.
    ~death_watch();

    [[nodiscard]] explicit operator bool() const noexcept { return watcher_ > 0; }

private:
    helper_starter starter_;
    std::promise<void> over_;
    pid_t watcher_ = -1;
    /// The parent of the watcher, as long as it lives: the children of the main thread are orphans of commands.
    std::thread parent_;
};

/// The helper_start::mode of the watcher, and its work. Its arguments: the pidfd of the daemon, the family of its tags,
/// and where the cgroups are.
inline constexpr std::string_view watch_mode = "watch";
[[nodiscard]] int watch_main(std::span<char*> arguments);

} // namespace tug::service
