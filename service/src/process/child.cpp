#include "child.hpp"

#include "tug/net/blocking.hpp"
#include "tug/net/race.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <new>

namespace tug::service {

namespace asio = boost::asio;

namespace {

using clock = std::chrono::steady_clock;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

std::int64_t microseconds(const timeval& t) noexcept {
    return std::int64_t{t.tv_sec} * 1'000'000 + std::int64_t{t.tv_usec};
}

// WNOWAIT leaves the zombie. libc's waitid has no rusage, the system call has.
std::optional<exit_info> read_exit(pid_t pid) {
    siginfo_t info{};
    rusage usage{};
    const auto done = ::syscall(SYS_waitid, P_PID, pid, &info, WEXITED | WNOWAIT | WNOHANG, &usage);
    if (done != 0 || info.si_pid == 0) return std::nullopt;
    exit_info ended;
    ended.signaled = info.si_code != CLD_EXITED;
    ended.code_or_signal = info.si_status;
    ended.user_us = microseconds(usage.ru_utime);
    ended.system_us = microseconds(usage.ru_stime);
    ended.max_rss_bytes = std::int64_t{usage.ru_maxrss} * 1024;
    return ended;
}

} // namespace

child::child(asio::any_io_executor executor, spawned started, cgroup_home::loan group)
    : process_(std::move(started)), group_(std::move(group)), pidfd_(executor) {
    if (!process_.in_cgroup()) group_.give_back();
    os::unique_fd pidfd = process_.take_pidfd();
    pidfd_.assign(pidfd.get());
    static_cast<void>(pidfd.release()); // only now is it the descriptor's
}

child::~child() {
    if (process_.pid() == 0) return;
    if (any_left(processes()) && !kill_all(processes())) process_.abandon();
    // process_ kills what may be left of the group, and reaps.
}

std::optional<exit_info> child::ended() {
    if (!ended_ && process_.pid() != 0) ended_ = read_exit(process_.pid());
    return ended_;
}

asio::awaitable<std::optional<exit_info>> child::wait() {
    while (!ended_) {
        const auto [ec] = co_await pidfd_.async_wait(asio::posix::descriptor_base::wait_read, as_values);
        if (ec == asio::error::operation_aborted || !pidfd_.is_open()) co_return ended();
        if (ec) co_await pause();
        static_cast<void>(ended());
    }
    co_return ended_;
}

/// Where the kernel refuses to tell of the exit, it is looked for.
asio::awaitable<void> child::pause() {
    constexpr auto between_looks = std::chrono::milliseconds(100);
    asio::steady_timer timer(pidfd_.get_executor(), between_looks);
    co_await timer.async_wait(as_values);
}

bool child::signal(int number) {
    if (process_.pid() == 0 || ended()) return false;
    // A group that exists under this number is the call's, and no other process can have the number: the root is not
    // reaped.
    if (::kill(-process_.pid(), number) == 0) return true;
    return ::kill(process_.pid(), number) == 0; // it has left its group
}

bool child::alone(const orphan_list& orphans) noexcept {
    return ended_ && orphans.empty() && (group_.get() == nullptr || group_.get()->empty());
}

asio::awaitable<std::optional<std::size_t>> child::end_tree(net::blocking_pool& pool, std::chrono::milliseconds grace,
                                                            bool hang_up) {
    // In a coroutine of its own without a cancellation slot: the caller has mostly been cancelled already.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto executor = pidfd_.get_executor();
    auto uncancelled = asio::bind_cancellation_slot(asio::cancellation_slot(), as_values);
    const auto [error, left] =
        co_await asio::co_spawn(executor, terminate_then_kill(pool, grace, hang_up), std::move(uncancelled));
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (error) std::rethrow_exception(error);
    co_return left;
}

asio::awaitable<std::optional<std::size_t>> child::terminate_then_kill(net::blocking_pool& pool,
                                                                       std::chrono::milliseconds grace, bool hang_up) {
    const auto end = clock::now() + grace;
    const call_processes call = processes();
    auto left = [call] { return any_left(call); };
    if (!co_await net::run_blocking(pool, left)) co_return std::size_t{0};
    if (grace > grace.zero()) {
        // Who is stopped must hear of it.
        auto terminate = [call, hang_up] {
            return hang_up ? signal_all(call, {SIGHUP, SIGTERM, SIGCONT}) : signal_all(call, {SIGTERM, SIGCONT});
        };
        co_await net::run_blocking(pool, terminate);
        if (co_await gone_before(pool, end)) co_return std::size_t{0};
    }
    auto kill = [call] { return kill_all(call) ? std::optional(std::size_t{0}) : count_left(call); };
    co_return co_await net::run_blocking(pool, kill);
}

// The root's end is an event. For that of a process which is not our child there is none, so the rest is looked at
// every few moments, and only while something is left; the less often, the longer a look takes (many processes, or many
// commands that end together).
asio::awaitable<bool> child::gone_before(net::blocking_pool& pool, clock::time_point end) {
    constexpr auto between_looks = std::chrono::milliseconds(25);
    constexpr int share = 4; // of the time, one part for looking
    co_await wait_until(end);
    const call_processes call = processes();
    auto left = [call] { return any_left(call); };
    while (ended() && clock::now() < end) {
        const auto begin = clock::now();
        if (!co_await net::run_blocking(pool, left)) co_return true;
        const auto now = clock::now();
        const auto pause = std::max<clock::duration>(between_looks, share * (now - begin));
        asio::steady_timer timer(pidfd_.get_executor(), std::min(end, now + pause));
        co_await timer.async_wait(as_values);
    }
    co_return false;
}

asio::awaitable<void> child::wait_until(clock::time_point end) {
    asio::steady_timer timer(pidfd_.get_executor(), end);
    auto expired = timer.async_wait(as_values);
    auto race = net::race(wait(), std::move(expired)); // both give errors as values, so the first to come ends it
    (void)co_await std::move(race);
}

spawned child::give_up() {
    boost::system::error_code ignored;
    pidfd_.close(ignored);
    return std::move(process_);
}

void child::reap() {
    if (process_.pid() == 0) return;
    static_cast<void>(ended()); // to be read before it is gone
    process_.reap();
    boost::system::error_code ignored;
    pidfd_.close(ignored);
}

} // namespace tug::service
