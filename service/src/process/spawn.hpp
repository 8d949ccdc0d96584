#pragma once

#include "exec_strings.hpp"
#include "ignored_signals.hpp"
#include "low_fds.hpp"
#include "spawn_clone.hpp"
#include "spawned.hpp"

#include "tug/proto/error.hpp"

#include <sys/resource.h>
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::service {

/// Whom a child runs as. The daemon needs the privilege to become that user.
struct user {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups; ///< the supplementary groups, exactly
};

/// A limit as setrlimit(2) takes it.
struct process_limit {
    int resource;
    rlimit value;
};

/// What to start and in which surroundings. Descriptors stay the caller's. No string may hold a NUL.
struct spawn_request {
    /// At least one. argv[0] is looked up in the PATH of its environment (the usual_path() where it has none), or taken
    /// from the cwd where it holds a slash. Passed byte for byte.
    std::vector<std::string> argv;
    /// The file to execute, where argv[0] is another text: it has a slash.
    std::optional<std::string> program;
    exec_strings env;  ///< "NAME=value", the whole environment
    int cwd_fd = -1;   ///< an open directory; -1 is the daemon's own cwd
    int stdin_fd = -1; ///< -1 is /dev/null, here and below
    int stdout_fd = -1;
    int stderr_fd = -1;
    bool controlling_terminal = false; ///< stdin is a pty and becomes the terminal of the new session
    std::optional<rlimit> open_files;  ///< RLIMIT_NOFILE of the child, where it is not to be the daemon's
    std::optional<rlimit> core_size;   ///< RLIMIT_CORE of the child
    std::vector<process_limit> limits; ///< Others, or in the place of these.
    std::optional<int> nice;           ///< In the place of the daemon's.
    std::optional<user> run_as;
    int cgroup_fd = -1; ///< an open directory of cgroup v2 to start in; -1 is the daemon's own cgroup
    /// Where argv[0] is looked up, if not in the PATH of env. None of them: it is found nowhere, and never in the cwd.
    std::optional<std::vector<std::string>> search_in;
    /// True once the call that wants it is over; asked before the clone, and by end_stuck() on other threads. Empty:
    /// never.
    std::function<bool()> given_up;
    /// Its children may stay when the daemon is gone, see tag.hpp.
    bool outlives = false;
};

/// Starts processes. One for a daemon, made early, while small descriptors are free; it must outlive its calls.
///
/// A child has descriptors 0, 1 and 2 and no other, its own session and process group, all signals at their default
/// and none blocked, and the limits and the user that were asked for. Nothing of the cost depends on how much memory
/// or how many descriptors the daemon has. A signal that the daemon has begun to ignore within the last second
/// (ignored_signals) may be ignored by the child.
class spawner {
public:
    /// `parallel`: how many threads call spawn at a time; more are correct, but slow where many descriptors are open.
    explicit spawner(std::size_t parallel = 4, clone_call how = clone_call::automatic);

    /// Starts the program and returns once it is executing; takes about a millisecond, so call it from a pool thread,
    /// never from the main thread (see orphans.hpp). SIGCHLD must not be ignored by the process. Thread safe.
    ///
    /// Errors mean that nothing runs: exec_not_found, permission_denied, busy, exec_failed as PROTOCOL.md maps errno
    /// for programs; for the cwd as for files; unsupported for limits that the kernel refuses. os_error is set, but
    /// where end_stuck() has ended it: exec_failed, and where it was given up before: cancelled.
    [[nodiscard]] proto::result<spawned> spawn(const spawn_request& request);

    /// Ends children that do not come to execute their program, see starts. Thread safe.
    void end_stuck(std::chrono::steady_clock::time_point now) { starts_.end_stuck(now); }

private:
    [[nodiscard]] proto::result<spawned> start(const spawn_request& request, child_plan& plan);

    clone_call how_;
    bool own_tables_; ///< Of children: the kernel, or a seccomp filter, has no close_range for us.
    low_fds low_fds_;
    starts starts_;
    ignored_signals ignored_;
    os::unique_fd null_; ///< /dev/null. All children share it, which has neither position nor content.
};

} // namespace tug::service
