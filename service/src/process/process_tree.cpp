#include "process_tree.hpp"

#include "cgroup.hpp"
#include "pinned_process.hpp"
#include "process_table.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

namespace tug::service {

namespace {

using clock = std::chrono::steady_clock;

// Moves those for which `is_member` holds from one list to the end of the other.
template <class Predicate>
void move_members(std::vector<proc_stat>& from, std::vector<proc_stat>& to, const Predicate& is_member) {
    std::erase_if(from, [&](const proc_stat& p) {
        if (!is_member(p)) return false;
        to.push_back(p);
        return true;
    });
}

// The members, zombies too, and whether the look at them was settled.
struct look {
    std::vector<proc_stat> processes;
    bool settled = true;
};

// Those in a table that are members.
std::optional<look> look_for(const call_processes& call, const process_table& table) {
    look found{{}, table.settled};
    // Asked after the table was made: what has the number of one in it by then, but was not it, has another start time,
    // and is not taken for it when it is pinned.
    std::vector<pid_t> in_group;
    if (call.group != nullptr) {
        auto procs = call.group->procs();
        if (!procs) return std::nullopt;
        in_group = std::move(*procs);
        std::sort(in_group.begin(), in_group.end());
    }
    std::vector<proc_stat> others;
    others.reserve(table.processes.size());
    for (const auto& [p, tag] : table.processes) {
        const bool is_member = p.pid == call.root || p.session == call.root || p.group == call.root ||
                               (call.tag != 0 && tag == call.tag) ||
                               std::binary_search(in_group.begin(), in_group.end(), p.pid);
        (is_member ? found.processes : others).push_back(p);
    }
    // The root first: a shell must get its SIGTERM before it sees its children end by theirs, and exits for that.
    std::partition(found.processes.begin(), found.processes.end(), [&](const auto& p) { return p.pid == call.root; });
    for (std::size_t i = 0; i < found.processes.size(); ++i) {
        const pid_t parent = found.processes[i].pid;
        move_members(others, found.processes, [&](const proc_stat& p) { return p.parent == parent; });
    }
    return found;
}

struct pinned {
    explicit pinned(const proc_stat& found) : process(found), handle(found) {}

    proc_stat process;
    pinned_process handle;
};

// Leaves the running ones. An orphan that has ended is reaped, and may have had a successor.
void drop_ended(const call_processes& call, look& found) {
    std::erase_if(found.processes, [&](const proc_stat& p) {
        if (!p.alive() && p.pid != call.root && p.parent == ::getpid()) {
            pinned_process(p).reap();
            found.settled = false;
        }
        return !p.alive();
    });
}

// The running members. Nothing where that cannot be found out.
//
// That there are none is believed of a settled look at the adopted: the kernel adds a child there in the same step in
// which its parent goes. A look at all of /proc goes by ascending numbers and misses a process that is made meanwhile
// with a number below (they wrap around); only without that list it has to do. Once a root has ended, the list is also
// short, and what else comes and goes on the host does not unsettle it.
std::optional<std::vector<proc_stat>> running(const call_processes& call) {
    constexpr int looks = 50;
    auto table = all_processes();
    bool trusted = false;
    for (int n = 0; n < looks && table; ++n) {
        auto found = look_for(call, *table);
        if (!found) return std::nullopt;
        drop_ended(call, *found);
        const bool alone = call.group == nullptr || call.group->empty();
        if (!found->processes.empty() || (trusted && alone && found->settled)) return std::move(found->processes);
        table = alone ? adopted_processes() : all_processes();
        trusted = true;
        if (!table) table = all_processes();
    }
    return std::nullopt;
}

// Waits until the processes have ended, at most for a while: then another look tells what became of them.
void await_end(const std::vector<pinned>& killed, clock::time_point deadline) {
    const auto until = std::min(deadline, clock::now() + std::chrono::milliseconds(100));
    for (const auto& p : killed) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
        if (left.count() <= 0) return;
        pollfd ended{p.handle.descriptor(), POLLIN, 0};
        ::poll(&ended, 1, static_cast<int>(left.count()));
    }
}

// Stops those that are not stopped yet and adds them to `frozen`; how many that were.
std::size_t freeze(const std::vector<proc_stat>& targets, std::vector<pinned>& frozen) {
    const auto known = frozen.size();
    for (const auto& p : targets) {
        const auto same = [&](const pinned& f) {
            return f.process.pid == p.pid && f.process.start_time == p.start_time;
        };
        if (std::any_of(frozen.begin(), frozen.end(), same)) continue;
        pinned one(p);
        if (!one.handle) continue;
        one.handle.signal(SIGSTOP);
        frozen.push_back(std::move(one));
    }
    return frozen.size() - known;
}

} // namespace

std::optional<std::vector<proc_stat>> members(const call_processes& call) {
    const auto table = all_processes();
    auto found = table ? look_for(call, *table) : std::nullopt;
    if (!found) return std::nullopt;
    return std::move(found->processes);
}

bool any_left(const call_processes& call) {
    if (call.group != nullptr && !call.group->empty()) return true;
    proc_stat root;
    const int err = read_proc_stat(call.root, root);
    if (err == 0 && root.alive()) return true;
    const bool root_ended = err == 0 || process_gone(err);
    const auto adopted = root_ended ? adopted_processes() : nullptr;
    if (adopted && adopted->processes.empty() && adopted->settled) return false;
    const auto left = running(call);
    return !left || !left->empty();
}

std::size_t count_left(const call_processes& call) {
    const auto left = running(call);
    return left ? left->size() : 1;
}

std::size_t signal_all(const call_processes& call, std::initializer_list<int> signals) {
    const auto sent = [&](const auto& send) {
        return std::count_if(signals.begin(), signals.end(), [&](int number) { return send(number) == 0; }) > 0;
    };
    const auto targets = running(call);
    if (!targets) // what is to be had without a look into /proc
        return sent([&](int number) { return ::kill(-call.root, number); }) ? 1 : 0;
    return static_cast<std::size_t>(std::count_if(targets->begin(), targets->end(), [&](const auto& p) {
        const pinned_process one(p);
        return one && sent([&](int number) { return one.signal(number); });
    }));
}

// All are stopped before any is killed, until a look finds no further one. So nothing forks while the list is gone
// through, and no parent dies through which alone a child could be known.
bool kill_all(const call_processes& call, std::chrono::milliseconds budget) {
    constexpr int freezing_looks = 20; // somebody may send SIGCONT all the time
    std::vector<pinned> frozen;
    int looks = 0;
    const auto deadline = clock::now() + budget;
    if (call.group != nullptr) {
        call.group->kill();
        call.group->await_empty(budget / 2);
    }
    for (;;) {
        const auto targets = running(call);
        if (targets && targets->empty()) return true;
        if (clock::now() >= deadline) return false;
        const bool more = targets && freeze(*targets, frozen) > 0;
        if (frozen.empty()) {            // /proc cannot be read, or not one of them be held fast
            ::kill(-call.root, SIGKILL); // needs no descriptor
            ::poll(nullptr, 0, 1);       // no event tells that descriptors are free again
            continue;
        }
        if (more && ++looks < freezing_looks) continue;
        const auto denied = [](const pinned& p) { return p.handle.signal(SIGKILL) == EPERM; };
        if (std::count_if(frozen.begin(), frozen.end(), denied) == std::ssize(frozen)) return false;
        await_end(frozen, deadline);
        frozen.clear();
        looks = 0;
    }
}

} // namespace tug::service
