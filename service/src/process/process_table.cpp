#include "process_table.hpp"

#include "../os/directory_stream.hpp"
#include "tag.hpp"

#include <dirent.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace tug::service {

namespace {

using shared_table = std::shared_ptr<const process_table>;

std::optional<pid_t> pid_from(std::string_view name) {
    pid_t pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) return std::nullopt;
    return pid;
}

std::optional<std::vector<pid_t>> all_pids() {
    const directory_stream dir(::opendir("/proc"));
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

shared_table look_at(const std::optional<std::vector<pid_t>>& pids) {
    if (!pids) return nullptr;
    auto found = std::make_shared<process_table>();
    found->processes.reserve(pids->size());
    for (const pid_t pid : *pids) {
        process_table::entry one;
        const int err = read_proc_stat(pid, one.stat);
        const bool gone = process_gone(err);
        if (err != 0 && !gone) return nullptr; // a list with holes would be taken for the truth
        const auto tag = gone ? std::nullopt : tag_of(pid);
        if (!tag) found->settled = false;
        if (gone) continue;
        one.tag = tag.value_or(0);
        found->processes.push_back(one);
    }
    return found;
}

/// Looks of one kind, see the header.
class shared_looks {
public:
    explicit shared_looks(std::optional<std::vector<pid_t>> (*list)()) : list_(list) {}

    shared_table take() {
        std::unique_lock lock(mutex_);
        const auto wanted = begun_ + 1;
        while (done_ < wanted) {
            if (looking_) {
                changed_.wait(lock);
                continue;
            }
            looking_ = true;
            const auto number = ++begun_;
            lock.unlock();
            auto found = look();
            lock.lock();
            latest_ = std::move(found);
            done_ = number;
            looking_ = false;
            changed_.notify_all();
        }
        return latest_;
    }

private:
    /// Without memory there is no look, and no exception may leave the others waiting.
    shared_table look() const noexcept {
        try {
            return look_at(list_());
        } catch (...) {
            return nullptr;
        }
    }

    std::optional<std::vector<pid_t>> (*list_)();
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t begun_ = 0; // guarded by mutex_, as all below
    std::uint64_t done_ = 0;
    bool looking_ = false;
    shared_table latest_;
};

} // namespace

shared_table all_processes() {
    static shared_looks looks(&all_pids); // there is one /proc
    return looks.take();
}

shared_table adopted_processes() {
    static shared_looks looks(&adopted_pids);
    return looks.take();
}

} // namespace tug::service
