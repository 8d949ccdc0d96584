#include "stopped_processes.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>

namespace tug::service {

bool stopped_processes::add(const std::vector<proc_stat>& targets) {
    const auto before = all_.size();
    for (const auto& p : targets) {
        if (known_.contains({p.pid, p.start_time})) continue;
        pinned_process one(p);
        if (!one) continue;
        known_.emplace(p.pid, p.start_time);
        all_.push_back(std::move(one)); // before it is stopped: an exception must not leave it so
        all_.back().signal(SIGSTOP);
    }
    return all_.size() > before;
}

bool stopped_processes::kill() noexcept {
    const auto denied = [](const pinned_process& p) { return p.signal(SIGKILL) == EPERM; };
    return std::ranges::count_if(all_, denied) < std::ssize(all_);
}

void stopped_processes::await_end() const {
    using clock = std::chrono::steady_clock;
    const auto until = clock::now() + std::chrono::milliseconds(100);
    for (const auto& p : all_) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
        if (left.count() <= 0) return;
        pollfd ended{p.descriptor(), POLLIN, 0};
        ::poll(&ended, 1, static_cast<int>(left.count()));
    }
}

} // namespace tug::service
