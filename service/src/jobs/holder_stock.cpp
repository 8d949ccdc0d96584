#include "jobs/holder_stock.hpp"

#include "jobs/holder_main.hpp"
#include "process/slices.hpp"
#include <tug/os/errno.hpp>
#include <tug/proto/signal_names.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <utility>

namespace tug::service {

namespace {

/// A spare one has no more to do then than to remove a directory. Also how long it takes at most until one that lets go
/// of its job has ended.
constexpr auto end_time = std::chrono::seconds(2);

/// Of those is known how they ended: each is asked for soon.
constexpr std::size_t most_crashed = 256;

/// A spare that was killed has closed its end.
bool is_there(const ready_holder& one) {
    pollfd p{one.talk.get(), POLLIN, 0};
    return ::poll(&p, 1, 0) == 0;
}

/// Empty for an end in order.
std::string status_text(int status) {
    if (WIFSIGNALED(status)) return "SIG" + proto::signal_name(WTERMSIG(status));
    return WEXITSTATUS(status) == 0 ? std::string() : "exit " + std::to_string(WEXITSTATUS(status));
}

} // namespace

holder_stock::holder_stock(std::string program, std::string cgroup, std::shared_ptr<const log> logger)
    : program_(std::move(program)), cgroup_(std::move(cgroup)), logger_(std::move(logger)) {}

holder_stock::~holder_stock() {
    {
        const std::lock_guard lock(mutex_);
        over_ = true;
    }
    wanted_changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

proto::result<ready_holder> holder_stock::take() {
    std::unique_lock lock(mutex_);
    spare_wanted_ = false;
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
    ++waiting_;
    const auto before = failures_;
    auto made = take_ready();
    while (!made && failures_ == before) {
        wanted_changed_.notify_all();
        ready_changed_.wait(lock);
        made = take_ready();
    }
    --waiting_;
    if (!made) return failure_;
    return std::move(*made);
}

void holder_stock::replenish() {
    {
        const std::lock_guard lock(mutex_);
        spare_wanted_ = true;
    }
    wanted_changed_.notify_all();
}

std::optional<ready_holder> holder_stock::take_ready() {
    while (!ready_.empty()) {
        auto one = std::move(ready_.front());
        ready_.pop_front();
        if (is_there(one)) return one;
    }
    return std::nullopt;
}

bool holder_stock::is_wanted() const noexcept {
    return ready_.size() < waiting_ + (spare_wanted_ ? 1 : 0);
}

/// A spare one that cannot be made is tried again with the next job, which tells why.
void holder_stock::work() {
    take_usual_slices(); // no one waits for a spare one
    fork_server forks(program_, std::string(hold_mode), {cgroup_});
    std::unique_lock lock(mutex_);
    while (!over_) {
        if (std::exchange(to_reap_, false)) reap_children(forks);
        if (!is_wanted()) {
            wanted_changed_.wait(lock);
            continue;
        }
        lock.unlock();
        auto made = start(forks);
        lock.lock();
        if (made) {
            living_.insert(made->pid);
            ready_.push_back(std::move(*made));
        } else {
            failure_ = made.error();
            ++failures_;
            spare_wanted_ = false;
        }
        ready_changed_.notify_all();
    }
    for (auto& one : ready_) one.talk.reset(); // it ends for that, and its cgroup goes with it
    for (const auto& one : ready_)
        if (living_.contains(one.pid)) helper_process(one.pid).end_within(end_time);
}

/// The second time with another fork server, where the first one has ended: and over another socket, so that the holder
/// that it may have forked before is given nothing.
proto::result<ready_holder> holder_stock::start(fork_server& forks) const {
    proto::failure why;
    for (int tries = 0; tries < 2; ++tries) {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
            return os::file_failure(errno, "cannot make a socket");
        os::unique_fd ours(ends[0]);
        const os::unique_fd its(ends[1]);
        const auto pid = forks.start(its.get());
        if (pid) return ready_holder{*pid, std::move(ours)};
        why = pid.error();
        if (why.code != proto::errc::connection_lost) return why;
        logger_->warning("helper_ended", {{"why", why.message}});
    }
    why.code = proto::errc::internal_error;
    return why;
}

// --- how they end ----------------------------------------------------------------------------------------------------

void holder_stock::reap() {
    const std::lock_guard lock(mutex_);
    to_reap_ = true;
    wanted_changed_.notify_all();
}

/// Those of this thread alone. What the fork server had forked when it ended is among them.
void holder_stock::reap_children(fork_server& forks) {
    int status = 0;
    for (pid_t child = 0; (child = ::waitpid(-1, &status, WNOHANG | __WNOTHREAD)) > 0;) {
        if (child == forks.pid()) forks.forget();
        note_end(child, status);
    }
}

void holder_stock::note_end(pid_t child, int status) {
    const bool held = living_.erase(child) > 0;
    const auto how = status_text(status);
    if (how.empty()) return;
    logger_->warning("helper_ended", {{"pid", std::to_string(child)}, {"how", how}});
    if (!held) return;
    if (crashed_.size() >= most_crashed) crashed_.clear();
    crashed_[child] = how;
}

std::string holder_stock::how_ended(pid_t holder) {
    std::unique_lock lock(mutex_);
    if (living_.contains(holder)) {
        const os::unique_fd process(static_cast<int>(::syscall(SYS_pidfd_open, holder, 0)));
        lock.unlock();
        pollfd ended{process.get(), POLLIN, 0}; // it has let go of its job, and may not have ended yet
        if (process) ::poll(&ended, 1, static_cast<int>(std::chrono::milliseconds(end_time).count()));
        lock.lock();
        int status = 0;
        if (living_.contains(holder) && ::waitpid(holder, &status, WNOHANG) == holder) note_end(holder, status);
    }
    const auto at = crashed_.find(holder);
    return at == crashed_.end() ? std::string() : at->second;
}

} // namespace tug::service
