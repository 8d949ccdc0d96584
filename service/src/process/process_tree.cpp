#include "process_tree.hpp"

#include "../os/unique_fd.hpp"
#include "cgroup.hpp"
#include "tag.hpp"

#include <dirent.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <memory>
#include <string>
#include <string_view>

namespace tug::service {

namespace {

using clock = std::chrono::steady_clock;

bool gone(int err) noexcept {
    return err == ENOENT || err == ESRCH;
}

// A look at processes. It is no snapshot: one that forks and exits again and again is always a step ahead, and its
// successor may be missing in a list in which it still stood. But then it is found to have ended, and that is noted.
struct look {
    std::vector<proc_stat> processes;
    bool settled = true; ///< nothing that was listed had ended by the time it was asked
};

std::optional<pid_t> pid_from(std::string_view name) {
    pid_t pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) return std::nullopt;
    return pid;
}

std::optional<std::vector<pid_t>> all_pids() {
    struct closer {
        void operator()(DIR* dir) const { ::closedir(dir); }
    };

    const std::unique_ptr<DIR, closer> dir(::opendir("/proc"));
    if (!dir) return std::nullopt;
    std::vector<pid_t> pids;
    for (;;) {
        errno = 0;
        const dirent* entry = ::readdir(dir.get()); // NOLINT(concurrency-mt-unsafe): the stream is ours
        if (!entry) break;
        const auto pid = pid_from(entry->d_name);
        if (pid && *pid != ::getpid()) pids.push_back(*pid);
    }
    if (errno != 0) return std::nullopt; // a list that broke off would be taken for all there is
    return pids;
}

// What was handed to this process by parents that died. The kernel hands orphans to the main thread, while roots are
// children of the pool thread that made them; so once a root has ended, all that is left of its call is one of these
// or below one. Nothing where that does not hold, or the kernel has no such file.
std::optional<std::vector<pid_t>> adopted_pids() {
    int subreaper = 0;
    if (::getpid() != 1 && (::prctl(PR_GET_CHILD_SUBREAPER, &subreaper) != 0 || subreaper == 0)) return std::nullopt;
    const std::string file = "/proc/self/task/" + std::to_string(::getpid()) + "/children";
    std::string children;
    if (read_proc_file(file, children) != 0) return std::nullopt;
    // An empty list is the truth, but where a child is reaped meanwhile another one may be left out.
    for (std::string before; before != children;) {
        before = children;
        if (read_proc_file(file, children) != 0) return std::nullopt;
    }
    std::vector<pid_t> pids;
    for (std::string_view rest = children; !rest.empty();) {
        const auto end = std::min(rest.find(' '), rest.size());
        if (const auto pid = pid_from(rest.substr(0, end))) pids.push_back(*pid);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return pids;
}

std::optional<look> look_at(const std::vector<pid_t>& pids) {
    look found;
    for (const pid_t pid : pids) {
        proc_stat stat;
        const int err = read_proc_stat(pid, stat);
        if (err == 0) found.processes.push_back(stat);
        if (gone(err)) found.settled = false;
        if (err != 0 && !gone(err)) return std::nullopt; // a list with holes would be taken for the truth
    }
    return found;
}

// Moves those for which `is_member` holds from one list to the end of the other.
template <class Predicate>
void move_members(std::vector<proc_stat>& from, std::vector<proc_stat>& to, const Predicate& is_member) {
    std::erase_if(from, [&](const proc_stat& p) {
        if (!is_member(p)) return false;
        to.push_back(p);
        return true;
    });
}

// Those of the processes that are members, zombies too.
std::optional<look> look_for(const call_processes& call, const std::vector<pid_t>& pids) {
    auto all = look_at(pids);
    if (!all) return all;
    look found{{}, all->settled};
    // Asked after the look: what has the number of one of these by then, but was not it, has another start time, and is
    // not taken for it when it is pinned.
    std::vector<pid_t> in_group;
    if (call.group != nullptr) {
        auto procs = call.group->procs();
        if (!procs) return std::nullopt;
        in_group = std::move(*procs);
        std::sort(in_group.begin(), in_group.end());
    }
    // The root first: a shell must get its SIGTERM before it sees its children end by theirs, and exits for that.
    move_members(all->processes, found.processes, [&](const proc_stat& p) { return p.pid == call.root; });
    move_members(all->processes, found.processes, [&](const proc_stat& p) {
        if (p.session == call.root || p.group == call.root) return true;
        if (std::binary_search(in_group.begin(), in_group.end(), p.pid)) return true;
        if (call.tag == 0) return false;
        const auto tag = tag_of(p.pid);
        if (!tag) found.settled = false;
        return tag == call.tag;
    });
    for (std::size_t i = 0; i < found.processes.size(); ++i) {
        const pid_t parent = found.processes[i].pid;
        move_members(all->processes, found.processes, [&](const proc_stat& p) { return p.parent == parent; });
    }
    return found;
}

// A handle to exactly the process that was found, not to a later one of the same number. Empty where it is gone.
unique_fd pin(const proc_stat& p) {
    unique_fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, p.pid, 0)));
    proc_stat now;
    if (!pidfd || read_proc_stat(p.pid, now) != 0 || now.start_time != p.start_time) pidfd.reset();
    return pidfd;
}

struct pinned {
    proc_stat process;
    unique_fd pidfd;

    // 0 or the errno.
    int signal(int number) const {
        return ::syscall(SYS_pidfd_send_signal, pidfd.get(), number, nullptr, 0) == 0 ? 0 : errno;
    }
};

// An orphan that this process has got must be reaped by it; now, since the main thread may come to it only later.
void reap(const proc_stat& p) {
    const unique_fd pidfd = pin(p);
    siginfo_t info{};
    if (pidfd) ::waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &info, WEXITED | WNOHANG);
}

// Leaves the running ones. An orphan that has ended is reaped, and may have had a successor.
void drop_ended(const call_processes& call, look& found) {
    std::erase_if(found.processes, [&](const proc_stat& p) {
        if (!p.alive() && p.pid != call.root && p.parent == ::getpid()) {
            reap(p);
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
    auto pids = all_pids();
    bool trusted = false;
    for (int n = 0; n < looks && pids; ++n) {
        auto found = look_for(call, *pids);
        if (!found) return std::nullopt;
        drop_ended(call, *found);
        const bool alone = call.group == nullptr || call.group->empty();
        if (!found->processes.empty() || (trusted && alone && found->settled)) return std::move(found->processes);
        pids = alone ? adopted_pids() : all_pids();
        trusted = true;
        if (!pids) pids = all_pids();
    }
    return std::nullopt;
}

// Waits until the processes have ended, at most for a while: then another look tells what became of them.
void await_end(const std::vector<pinned>& killed, clock::time_point deadline) {
    const auto until = std::min(deadline, clock::now() + std::chrono::milliseconds(100));
    for (const auto& p : killed) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
        if (left.count() <= 0) return;
        pollfd ended{p.pidfd.get(), POLLIN, 0};
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
        pinned one{p, pin(p)};
        if (!one.pidfd) continue;
        one.signal(SIGSTOP);
        frozen.push_back(std::move(one));
    }
    return frozen.size() - known;
}

} // namespace

std::optional<std::vector<proc_stat>> members(const call_processes& call) {
    const auto pids = all_pids();
    auto found = pids ? look_for(call, *pids) : std::nullopt;
    if (!found) return std::nullopt;
    return std::move(found->processes);
}

bool any_left(const call_processes& call) {
    proc_stat root;
    const int err = read_proc_stat(call.root, root);
    if (err == 0 && root.alive()) return true;
    const auto adopted = adopted_pids();
    const bool alone = call.group == nullptr || call.group->empty();
    if ((err == 0 || gone(err)) && adopted && adopted->empty() && alone) return false;
    const auto left = running(call);
    return !left || !left->empty();
}

std::size_t count_left(const call_processes& call) {
    const auto left = running(call);
    return left ? left->size() : 1;
}

std::size_t signal_all(const call_processes& call, int signal) {
    const auto targets = running(call);
    if (!targets) return ::kill(-call.root, signal) == 0 ? 1 : 0; // what is to be had without a look into /proc
    return static_cast<std::size_t>(std::count_if(targets->begin(), targets->end(), [&](const auto& p) {
        const pinned one{p, pin(p)};
        return one.pidfd && one.signal(signal) == 0;
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
        const auto denied = [](const pinned& p) { return p.signal(SIGKILL) == EPERM; };
        if (std::count_if(frozen.begin(), frozen.end(), denied) == std::ssize(frozen)) return false;
        await_end(frozen, deadline);
        frozen.clear();
        looks = 0;
    }
}

} // namespace tug::service
