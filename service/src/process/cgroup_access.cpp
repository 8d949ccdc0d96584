#include "cgroup_access.hpp"

#include "cgroup.hpp"
#include <tug/os/unique_fd.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace tug::service {

namespace {

/// An owner counts also where the mode denies: it may change that.
bool may_write(const struct stat& file, uid_t user, const std::vector<gid_t>& groups) {
    if (file.st_uid == user || (file.st_mode & S_IWOTH) != 0) return true;
    return (file.st_mode & S_IWGRP) != 0 && std::ranges::find(groups, file.st_gid) != groups.end();
}

} // namespace

bool may_leave_cgroup(int directory, uid_t user, const std::vector<gid_t>& groups) {
    if (user == 0) return true;
    os::unique_fd at(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    while (at && is_cgroup2(at.get())) {
        struct stat procs{};
        struct stat here{};
        struct stat above{};
        if (::fstatat(at.get(), "cgroup.procs", &procs, 0) != 0 || may_write(procs, user, groups)) return true;
        if (::fstat(at.get(), &here) != 0 || ::fstatat(at.get(), "..", &above, 0) != 0) return true;
        if (here.st_dev == above.st_dev && here.st_ino == above.st_ino) return false;
        at.reset(::openat(at.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
    return !at; // unknown counts as possible
}

} // namespace tug::service
