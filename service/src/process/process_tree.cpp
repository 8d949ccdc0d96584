#include "process_tree.hpp"

#include "cgroup.hpp"
#include "pinned_process.hpp"
#include "process_table.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

namespace tug::service {

namespace {

// The members, zombies too, and whether the look at them was settled.
struct look {
    std::vector<proc_stat> processes;
    bool settled = true;
};

// Adds those that descend from members.
void add_descendants(std::vector<proc_stat>& family, std::vector<proc_stat> others) {
    std::ranges::sort(others, {}, &proc_stat::parent);
    for (std::size_t i = 0; i < family.size(); ++i) {
        const auto children = std::ranges::equal_range(others, family[i].pid, {}, &proc_stat::parent);
        family.insert(family.end(), children.begin(), children.end());
    }
}

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
        const bool by_root = p.pid == call.root || p.session == call.root || p.group == call.root;
        const bool is_member = (call.root != 0 && by_root) || (call.tag != 0 && (tag & call.tag_bits) == call.tag) ||
                               std::binary_search(in_group.begin(), in_group.end(), p.pid);
        (is_member ? found.processes : others).push_back(p);
    }
    // The root first: a shell must get its SIGTERM before it sees its children end by theirs, and exits for that.
    std::partition(found.processes.begin(), found.processes.end(), [&](const auto& p) { return p.pid == call.root; });
    add_descendants(found.processes, std::move(others));
    return found;
}

// Leaves the running ones. An orphan that has ended is reaped, and may have had a successor.
void drop_ended(const call_processes& call, look& found) {
    const auto no_look = hold_adopted();
    std::erase_if(found.processes, [&](const proc_stat& p) {
        if (!p.alive() && p.pid != call.root && p.parent == ::getpid()) {
            pinned_process(p).reap();
            found.settled = false;
        }
        return !p.alive();
    });
}

} // namespace

std::optional<std::vector<proc_stat>> members(const call_processes& call) {
    const auto table = all_processes();
    auto found = table ? look_for(call, *table) : std::nullopt;
    if (!found) return std::nullopt;
    return std::move(found->processes);
}

// That there are none is believed of a settled look at the adopted: the kernel adds a child there in the same step in
// which its parent goes. A look at all of /proc goes by ascending numbers and misses a process that is made meanwhile
// with a number below (they wrap around); only without that list it has to do. Once a root has ended, the list is also
// short, and what else comes and goes on the host does not unsettle it.
std::optional<std::vector<proc_stat>> running_members(const call_processes& call) {
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

bool any_left(const call_processes& call) {
    if (call.group != nullptr && !call.group->empty()) return true;
    proc_stat root;
    const int err = read_proc_stat(call.root, root);
    if (err == 0 && root.alive()) return true;
    const bool root_ended = err == 0 || process_gone(err);
    const auto adopted = root_ended ? adopted_processes() : nullptr;
    if (adopted && adopted->processes.empty() && adopted->settled) return false;
    const auto left = running_members(call);
    return !left || !left->empty();
}

std::optional<std::size_t> count_left(const call_processes& call) {
    const auto left = running_members(call);
    return left ? std::optional(left->size()) : std::nullopt;
}

std::size_t signal_all(const call_processes& call, std::initializer_list<int> signals) {
    const auto sent = [&](const auto& send) {
        return std::count_if(signals.begin(), signals.end(), [&](int number) { return send(number) == 0; }) > 0;
    };
    const auto targets = running_members(call);
    if (!targets) // what is to be had without a look into /proc
        return call.root != 0 && sent([&](int number) { return ::kill(-call.root, number); }) ? 1 : 0;
    return static_cast<std::size_t>(std::count_if(targets->begin(), targets->end(), [&](const auto& p) {
        const pinned_process one(p);
        return one && sent([&](int number) { return one.signal(number); });
    }));
}

} // namespace tug::service
