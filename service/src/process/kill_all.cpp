#include "cgroup.hpp"
#include "process_tree.hpp"
#include "stopped_processes.hpp"

#include <poll.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <vector>

namespace tug::service {

namespace {

/// Whether some only have to come to their end, which takes long where the machine is busy and they are many. Those
/// that wait in the kernel (a disk that does not answer) do not end for more time.
bool still_ending(const std::optional<std::vector<proc_stat>>& left) {
    return left && std::ranges::any_of(*left, [](const proc_stat& p) { return p.state != 'D'; });
}

} // namespace

// All are stopped before any is killed, until a look finds no further one. So nothing forks while the list is gone
// through, and no parent dies through which alone a child could be known. Whatever is stopped is killed before the time
// is asked, and whatever is killed is looked at once more.
bool kill_all(const call_processes& call, std::chrono::milliseconds budget, const time_source& now) {
    constexpr int stopping_looks = 20; // a process may be sent SIGCONT all the time
    constexpr std::chrono::seconds overtime(2);
    const auto deadline = now() + budget;
    if (call.group != nullptr) {
        call.group->kill();
        call.group->await_empty(budget / 2);
    }
    for (bool out_of_time = false;;) {
        auto targets = running_members(call);
        if (targets && targets->empty()) return true;
        if (out_of_time) return false;
        const auto most = still_ending(targets) ? deadline + overtime : deadline;
        stopped_processes stopped;
        for (int looks = 0; looks < stopping_looks && targets && stopped.add(*targets); ++looks)
            targets = running_members(call);
        if (stopped.empty()) {                               // /proc cannot be read, or not one of them be held fast
            if (call.root != 0) ::kill(-call.root, SIGKILL); // needs no descriptor
            ::poll(nullptr, 0, 1);                           // no event tells that descriptors are free again
        } else if (!stopped.kill()) {
            return false;
        } else {
            stopped.await_end();
        }
        out_of_time = now() >= most;
    }
}

} // namespace tug::service
