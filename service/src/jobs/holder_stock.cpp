#include "jobs/holder_stock.hpp"

#include "jobs/holder_main.hpp"
#include <tug/os/errno.hpp>

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <utility>

namespace tug::service {

namespace {

/// A spare one has no more to do then than to remove a directory.
constexpr auto end_time = std::chrono::seconds(2);

/// A spare that was killed has closed its end.
bool is_there(const ready_holder& one) {
    pollfd p{one.talk.get(), POLLIN, 0};
    return ::poll(&p, 1, 0) == 0;
}

} // namespace

holder_stock::~holder_stock() {
    {
        const std::lock_guard lock(mutex_);
        over_ = true;
    }
    wanted_changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    if (!spare_) return;
    spare_->talk.reset(); // it ends for that, and its cgroup goes with it
    spare_->process.end_within(end_time);
}

proto::result<ready_holder> holder_stock::take() {
    auto spare = take_spare();
    return spare ? proto::result<ready_holder>(std::move(*spare)) : start();
}

void holder_stock::replenish() {
    {
        const std::lock_guard lock(mutex_);
        wanted_ = true;
        if (!thread_.joinable()) thread_ = std::thread([this] { keep_one(); });
    }
    wanted_changed_.notify_all();
}

std::optional<ready_holder> holder_stock::take_spare() {
    const std::lock_guard lock(mutex_);
    auto out = std::exchange(spare_, std::nullopt);
    if (out && !is_there(*out)) {
        out->process.kill();
        out.reset();
    }
    return out;
}

/// A holder that cannot be made ready is tried again with the next job, which tells why.
void holder_stock::keep_one() {
    std::unique_lock lock(mutex_);
    for (;;) {
        while (!wanted_ && !over_) wanted_changed_.wait(lock);
        if (over_) return;
        wanted_ = false;
        if (spare_) continue;
        lock.unlock();
        auto made = start();
        lock.lock();
        if (made && !over_) spare_.emplace(std::move(*made));
    }
}

proto::result<ready_holder> holder_stock::start() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return os::file_failure(errno, "cannot make a socket");
    os::unique_fd ours(ends[0]);
    const os::unique_fd its(ends[1]);
    helper_start how;
    how.program = program_;
    how.mode = hold_mode;
    how.descriptors.push_back(its.get());
    how.arguments.push_back(cgroup_);
    auto process = starter_.start(how);
    if (!process) return process.error();
    return ready_holder{std::move(*process), std::move(ours)};
}

} // namespace tug::service
