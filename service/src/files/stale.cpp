#include "stale.hpp"

#include <tug/os/directory_stream.hpp>
#include <tug/os/file_time.hpp>
#include <tug/os/unique_fd.hpp>

#include <tug/os/temporary_name.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace tug::service {

namespace {

constexpr std::chrono::seconds longest_pause{10};
constexpr std::size_t fewest_puts = 64;
constexpr std::size_t entries_a_put = 4;

bool is_candidate(const struct stat& st) {
    return S_ISREG(st.st_mode) && st.st_uid == ::geteuid();
}

bool stat_name(int directory, const std::string& name, struct stat& st) {
    return ::fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/// Locked, or empty. Any access will do for the lock, but its owner may have been given none to read, and NFS wants
/// access to write (EBADF).
os::unique_fd open_locked(int directory, const std::string& name) {
    for (const int access : {O_RDONLY, O_WRONLY}) {
        os::unique_fd fd(::openat(directory, name.c_str(), access | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
        if (fd && os::lock_temporary(fd.get())) return fd;
        if (errno == EWOULDBLOCK) break; // its writer lives
    }
    return {};
}

struct partial {
    std::int64_t written_ns; ///< The last time.
    std::string name;
};

void note(std::vector<partial>& to, int directory, const std::string& name) {
    struct stat st{};
    if (stat_name(directory, name, st) && is_candidate(st)) to.push_back({os::to_nanoseconds(st.st_mtim), name});
}

/// What was kept for long enough, and the oldest of too many.
std::size_t remove_old(std::vector<partial> all, int directory, std::chrono::seconds keep) {
    std::ranges::sort(all, {}, &partial::written_ns);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto oldest = std::chrono::duration_cast<std::chrono::nanoseconds>(now - keep).count();
    std::size_t removed = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const bool too_many = all.size() - i > max_kept_partials;
        if ((too_many || all[i].written_ns < oldest) && remove_if_stale(directory, all[i].name)) ++removed;
    }
    return removed;
}

} // namespace

bool remove_if_stale(int directory, const std::string& name) {
    struct stat named{};
    if (!os::is_temporary_name(name) || !stat_name(directory, name, named) || !is_candidate(named)) return false;
    const auto fd = open_locked(directory, name);
    struct stat opened{};
    if (!fd || ::fstat(fd.get(), &opened) != 0 || !is_candidate(opened)) return false;
    // A writer may have renamed it into place and be done before we had the lock: then the name is gone. While we
    // hold the lock no writer starts to use this file, so what has the name now is what is removed.
    if (!stat_name(directory, name, named)) return false;
    if (named.st_dev != opened.st_dev || named.st_ino != opened.st_ino) return false;
    return ::unlinkat(directory, name.c_str(), 0) == 0;
}

sweep remove_stale_temporaries(int directory, std::chrono::seconds keep_partial) {
    const auto stream = os::open_stream(directory);
    sweep out;
    if (!stream) return out;
    std::vector<partial> partials;
    while (const auto* entry = ::readdir(stream.get())) { // safe: no other thread has this stream
        ++out.entries;
        if (entry->d_type != DT_REG && entry->d_type != DT_UNKNOWN) continue;
        const std::string name(static_cast<const char*>(entry->d_name));
        if (!os::is_temporary_name(name)) continue;
        if (os::is_partial_name(name))
            note(partials, directory, name);
        else if (remove_if_stale(directory, name))
            ++out.removed;
    }
    out.removed += remove_old(std::move(partials), directory, keep_partial);
    return out;
}

void stale_sweeper::before_put(int directory, std::chrono::seconds keep_partial) {
    struct stat st{};
    if (::fstat(directory, &st) != 0) return;
    const directory_id id(st.st_dev, st.st_ino);
    if (!is_due(id)) return;
    const auto start = clock::now();
    const auto found = remove_stale_temporaries(directory, keep_partial);
    scanned(id, clock::now() - start, found.entries);
}

bool stale_sweeper::is_due(const directory_id& id) {
    const std::lock_guard lock(mutex_);
    const auto now = clock::now();
    const auto known = plans_.find(id);
    if (known != plans_.end() && now < known->second.at && known->second.puts > 1) {
        --known->second.puts;
        return false;
    }
    if (known == plans_.end() && plans_.size() >= max_known) plans_.clear();
    // Others need not scan it while we do.
    plans_.insert_or_assign(id, plan{now + longest_pause, std::numeric_limits<std::size_t>::max()});
    return true;
}

void stale_sweeper::scanned(const directory_id& id, clock::duration cost, std::size_t entries) {
    const std::lock_guard lock(mutex_);
    const auto pause = std::min<clock::duration>(50 * cost, longest_pause);
    plans_.insert_or_assign(id, plan{clock::now() + pause, fewest_puts + entries / entries_a_put});
}

} // namespace tug::service
