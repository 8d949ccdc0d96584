#pragma once

#include "cgroup_home.hpp"
#include "orphans.hpp"
#include "process_tree.hpp"
#include "spawned.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <tug/net/blocking_pool.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace tug::service {

/// How a process ended and what it used. Of usage, what the children count that it has waited for is included.
struct exit_info {
    bool signaled = false;
    int code_or_signal = 0;
    std::int64_t user_us = 0;
    std::int64_t system_us = 0;
    /// The largest resident set. Never less than the daemon's own, since Linux counts the memory that a process
    /// had before execve, and there that is the daemon's.
    std::int64_t max_rss_bytes = 0;
};

/// The root process of a call, on an executor. It stays a zombie from its exit until reap(): as long as that is so, its
/// pid, by which session and group are known, cannot be given to another process.
///
/// The order of a call: wait(), then end_tree() unless children are to be kept, then reap(). A child that is destroyed
/// before reap() or give_up() kills its whole tree and blocks until that is done, at most some seconds. Not thread
/// safe: use it on its executor alone.
class child {
public:
    /// Throws boost::system::system_error where the reactor cannot take one more descriptor; the process is killed
    /// then.
    ///
    /// `group` is the cgroup that the process was to be started in; one that it is not in goes back at once.
    child(boost::asio::any_io_executor executor, spawned process, cgroup_home::loan group = {});
    ~child();
    child(const child&) = delete;
    child& operator=(const child&) = delete;

    [[nodiscard]] call_processes processes() const noexcept { return {process_.pid(), process_.tag(), group_.get()}; }

    /// Waits for the exit of the root, without reaping it. May be awaited by several coroutines and again. Nothing
    /// where the wait was cancelled, which changes nothing else.
    [[nodiscard]] boost::asio::awaitable<std::optional<exit_info>> wait();

    /// How the root ended, where it has: does not wait.
    [[nodiscard]] std::optional<exit_info> ended();

    /// True where nothing of the tree runs any more, as far as that shows without a search: at once, and nearly always
    /// after a root that has ended. What `orphans` tell must be this process's.
    [[nodiscard]] bool alone(const orphan_list& orphans) noexcept;

    /// The cgroup of the command; null where it has none.
    [[nodiscard]] const cgroup* group() const noexcept { return group_.get(); }

    /// Waits for the exit of the root until then. Not cancellable.
    [[nodiscard]] boost::asio::awaitable<void> wait_until(std::chrono::steady_clock::time_point end);

    /// Sends a signal to the process group of the root; to the root itself where it has joined another group. False
    /// where the root has exited.
    bool signal(int number);

    /// Ends what is left of the tree, the root too: SIGTERM (and SIGCONT, for those that were stopped), SIGKILL once
    /// `grace` is over; SIGKILL alone where that is 0. `hang_up`: SIGHUP before the SIGTERM, which a shell in a
    /// terminal ignores. Returns as soon as nothing is left, or with the number of processes that could not be killed
    /// within 3 s more: the kernel holds them. Nothing where that number cannot be found out. A cancel has no effect on
    /// it, but is kept for what the caller awaits next.
    [[nodiscard]] boost::asio::awaitable<std::optional<std::size_t>>
    end_tree(net::blocking_pool& pool, std::chrono::milliseconds grace, bool hang_up = false);

    /// The root, which could not be killed, and is to be reaped whenever it ends.
    [[nodiscard]] spawned give_up();

    /// Gives the pid back to the system, at the very end. The root must have exited. What runs of its tree is left
    /// alone from now on.
    void reap();

private:
    [[nodiscard]] boost::asio::awaitable<void> pause();
    boost::asio::awaitable<std::optional<std::size_t>>
    terminate_then_kill(net::blocking_pool& pool, std::chrono::milliseconds grace, bool hang_up);
    boost::asio::awaitable<bool> gone_before(net::blocking_pool& pool, std::chrono::steady_clock::time_point end);

    spawned process_;
    cgroup_home::loan group_;
    boost::asio::posix::stream_descriptor pidfd_;
    std::optional<exit_info> ended_;
};

} // namespace tug::service
