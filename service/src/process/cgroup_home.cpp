#include "cgroup_home.hpp"

#include "cgroup_access.hpp"
#include "cgroup_place.hpp"
#include <tug/os/directory_stream.hpp>
#include <tug/os/errno.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <sstream>
#include <string_view>

namespace tug::service {

namespace {

constexpr std::string_view own_prefix = "tugd-";
constexpr std::string_view run_prefix = "run-";
constexpr std::string_view keep_prefix = "keep-";

/// Empty cgroups that wait for the next command; more are removed.
constexpr std::size_t most_free = 64;

/// Tries to remove one, at the start of a command.
constexpr std::size_t most_removals = 4;

/// How long what a killed daemon left is waited for.
constexpr auto leftover_time = std::chrono::milliseconds(500);

os::unique_fd open_directory(int at, const std::string& path) {
    return os::unique_fd(::openat(at, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

std::vector<std::string> directories_in(int fd) {
    std::vector<std::string> names;
    const auto entries = os::open_stream(fd);
    if (!entries) return names;
    while (const dirent* e = ::readdir(entries.get())) { // NOLINT(concurrency-mt-unsafe): the stream is ours
        if (e->d_type == DT_DIR && e->d_name[0] != '.') names.emplace_back(e->d_name);
    }
    return names;
}

/// With what a privileged command may have made in it. False where a process runs in it.
bool remove_tree(int at, const std::string& name) {
    const auto gone = [&] { return ::unlinkat(at, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT; };
    if (gone()) return true;
    if (const auto fd = open_directory(at, name)) {
        for (const auto& below : directories_in(fd.get())) remove_tree(fd.get(), below);
    }
    return gone();
}

std::string new_name() {
    std::uint64_t random = 0;
    if (::getrandom(&random, sizeof random, 0) != static_cast<ssize_t>(sizeof random)) return {};
    char text[64];
    std::snprintf(text, sizeof text, "%d-%016llx", ::getpid(), static_cast<unsigned long long>(random));
    return std::string(own_prefix) + text;
}

} // namespace

proto::result<std::unique_ptr<cgroup_home>> cgroup_home::open(const std::string& where) {
    std::unique_ptr<cgroup_home> home(new cgroup_home);
    if (where == "off") return home;
    const auto parent = where == "auto" ? own_cgroup() : where;
    if (!parent.empty() && home->settle(parent)) {
        home->remove_leftovers();
        return home;
    }
    const int err = errno;
    if (where == "auto") return std::unique_ptr<cgroup_home>(new cgroup_home);
    return os::file_failure(err, "the cgroup " + where + " cannot be used");
}

std::unique_ptr<cgroup_home> cgroup_home::open_beside(const std::string& directory) {
    std::unique_ptr<cgroup_home> home(new cgroup_home);
    return home->settle(directory) ? std::move(home) : nullptr;
}

/// errno tells why it failed.
bool cgroup_home::settle(const std::string& parent) {
    above_ = open_directory(AT_FDCWD, parent);
    if (!above_) return false;
    if (!is_cgroup2(above_.get())) {
        errno = ENOTDIR;
        return false;
    }
    if (!make_own()) return false;
    parent_ = parent;
    return true;
}

bool cgroup_home::make_own() {
    constexpr int attempts = 3;
    for (int n = 0; n < attempts; ++n) {
        name_ = new_name();
        if (name_.empty() || ::mkdirat(above_.get(), name_.c_str(), 0755) != 0) return false;
        own_ = open_directory(above_.get(), name_);
        if (!own_ || ::flock(own_.get(), LOCK_EX | LOCK_NB) != 0) continue;
        // Another daemon that starts may have taken it for a leftover before it was locked.
        struct stat locked{};
        struct stat there{};
        if (::fstat(own_.get(), &locked) == 0 && ::fstatat(above_.get(), name_.c_str(), &there, 0) == 0 &&
            locked.st_ino == there.st_ino) {
            enable_controllers();
            return true;
        }
    }
    return false;
}

/// As far as the kernel lets us. It does not where processes run in the directory above, as tugd itself does with
/// "auto"; then commands have no limits of memory and number.
void cgroup_home::enable_controllers() noexcept {
    for (const std::string_view controller : {"+memory", "+pids", "+io"}) {
        for (const int at : {above_.get(), own_.get()}) {
            const os::unique_fd file(::openat(at, "cgroup.subtree_control", O_WRONLY | O_CLOEXEC));
            if (!file || ::write(file.get(), controller.data(), controller.size()) < 0) break;
        }
    }
}

void cgroup_home::remove_leftovers() {
    for (const auto& name : directories_in(above_.get())) {
        if (!name.starts_with(own_prefix)) continue;
        const auto left = open_directory(above_.get(), name);
        if (!left || ::flock(left.get(), LOCK_EX | LOCK_NB) != 0) continue; // its daemon lives
        for (const auto& command : directories_in(left.get())) {
            const auto group = cgroup::open(left.get(), command);
            if (group && command.starts_with(run_prefix) && !group->empty()) {
                group->kill();
                group->await_empty(leftover_time);
            }
            if (group && group->empty()) remove_tree(left.get(), command);
        }
        ::unlinkat(above_.get(), name.c_str(), AT_REMOVEDIR);
    }
}

bool cgroup_home::holds(const account* runs_as) const {
    if (!own_) return false;
    const uid_t user = runs_as ? runs_as->uid : ::geteuid(); // in the second case the owner of all this
    std::vector<gid_t> groups;
    if (runs_as) {
        groups = runs_as->groups;
        groups.push_back(runs_as->gid);
    }
    return user == 0 || !may_leave_cgroup(own_.get(), user, groups);
}

cgroup_home::~cgroup_home() {
    if (!own_) return;
    for (const auto& c : free_) to_remove_.push_back(c.name());
    for (const auto& name : to_remove_) remove_tree(own_.get(), name);
    ::unlinkat(above_.get(), name_.c_str(), AT_REMOVEDIR); // stays where a kept child runs in it
}

cgroup_home::loan cgroup_home::lend(bool keep_children) {
    if (!own_) return {};
    remove_ended();
    std::string name;
    {
        const std::lock_guard lock(mutex_);
        if (!keep_children && !free_.empty()) {
            loan out(*this, std::move(free_.back()));
            free_.pop_back();
            return out;
        }
        name = std::string(keep_children ? keep_prefix : run_prefix) + std::to_string(++made_);
    }
    if (::mkdirat(own_.get(), name.c_str(), 0755) != 0) return {};
    auto made = cgroup::open(own_.get(), name);
    if (made) return {*this, std::move(*made)};
    ::unlinkat(own_.get(), name.c_str(), AT_REMOVEDIR);
    return {};
}

void cgroup_home::remove_ended() {
    std::vector<std::string> names;
    {
        const std::lock_guard lock(mutex_);
        const auto count = std::min(to_remove_.size(), most_removals);
        names.assign(to_remove_.begin(), to_remove_.begin() + static_cast<std::ptrdiff_t>(count));
        to_remove_.erase(to_remove_.begin(), to_remove_.begin() + static_cast<std::ptrdiff_t>(count));
    }
    // One in which something runs cannot be removed, and its turn comes again.
    std::erase_if(names, [&](const auto& name) { return remove_tree(own_.get(), name); });
    const std::lock_guard lock(mutex_);
    to_remove_.insert(to_remove_.end(), names.begin(), names.end());
}

void cgroup_home::take_back(cgroup c) noexcept {
    const std::lock_guard lock(mutex_);
    const bool again =
        c.name().starts_with(run_prefix) && !c.was_killed() && !c.counts() && free_.size() < most_free && c.empty();
    if (again)
        free_.push_back(std::move(c));
    else
        to_remove_.push_back(c.name());
}

cgroup_home::loan& cgroup_home::loan::operator=(loan&& other) noexcept {
    if (this == &other) return *this;
    give_back();
    owner_ = other.owner_;
    lent_ = std::move(other.lent_);
    other.lent_.reset();
    return *this;
}

void cgroup_home::loan::give_back() noexcept {
    if (!lent_) return;
    owner_->take_back(std::move(*lent_));
    lent_.reset();
}

} // namespace tug::service
