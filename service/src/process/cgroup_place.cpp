#include "cgroup_place.hpp"

#include "cgroup.hpp"
#include "proc_file.hpp"
#include <tug/os/errno.hpp>
#include <tug/os/unique_fd.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>

namespace tug::service {

std::string own_cgroup() {
    std::string text;
    std::string own;
    if (read_proc_file("/proc/self/cgroup", text) != 0) return {};
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("0::")) own = line.substr(3);
    }
    if (own.empty() || read_proc_file("/proc/self/mountinfo", text) != 0) return {};
    std::istringstream mounts(text);
    for (std::string line; std::getline(mounts, line);) {
        // "36 35 0:30 ROOT MOUNTPOINT OPTIONS… - cgroup2 SOURCE OPTIONS"
        if (line.find(" - cgroup2 ") == std::string::npos) continue;
        std::istringstream fields(line);
        std::string skipped, root, point;
        fields >> skipped >> skipped >> skipped >> root >> point;
        if (root == "/") root.clear();
        if (own == root || own.starts_with(root + "/")) return point + own.substr(root.size());
    }
    return {};
}

namespace {

/// The errno of why no cgroup can be made below; 0 where one can.
int why_unusable(const os::unique_fd& above) {
    if (!above) return errno;
    if (!is_cgroup2(above.get())) return ENOTDIR;
    return ::faccessat(above.get(), ".", W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

} // namespace

proto::result<std::string> cgroup_place(const std::string& where) {
    if (where == "off") return std::string();
    auto parent = where == "auto" ? own_cgroup() : where;
    const os::unique_fd above(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const int err = why_unusable(above);
    if (err == 0) return parent;
    if (where == "auto") return std::string();
    return os::file_failure(err, "the cgroup " + where + " cannot be used");
}

} // namespace tug::service
