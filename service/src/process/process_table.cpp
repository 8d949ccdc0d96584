#include "process_table.hpp"

#include "tag.hpp"
#include <tug/os/directory_stream.hpp>

#include <dirent.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <cstddef>
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

// Whether /proc is there and tells of this process's pids: another thing in its place (an empty directory, that of
// another pid namespace) has an answer as well, and a wrong one.
bool proc_is_ours() {
    std::array<char, 16> target{};
    const auto size = ::readlink("/proc/self", target.data(), target.size());
    return size > 0 && pid_from({target.data(), static_cast<std::size_t>(size)}) == ::getpid();
}

std::optional<std::vector<pid_t>> all_pids() {
    if (!proc_is_ours()) return std::nullopt;
    const os::directory_stream dir(::opendir("/proc"));
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
    explicit shared_looks(shared_table (*take_one)()) : look_(take_one) {}

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
            return look_();
        } catch (...) {
            return nullptr;
        }
    }

    shared_table (*look_)();
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t begun_ = 0; // guarded by mutex_, as all below
    std::uint64_t done_ = 0;
    bool looking_ = false;
    shared_table latest_;
};

} // namespace

shared_table all_processes() {
    static shared_looks looks([] { return look_at(all_pids()); }); // there is one /proc
    return looks.take();
}

shared_table adopted_processes() {
    static shared_looks looks([] {
        const auto all_stay = hold_adopted();
        return look_at(adopted_pids());
    });
    return looks.take();
}

std::unique_lock<std::mutex> hold_adopted() {
    static std::mutex adopted;
    return std::unique_lock(adopted);
}

} // namespace tug::service
