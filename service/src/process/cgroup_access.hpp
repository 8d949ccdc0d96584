#pragma once

#include <sys/types.h>

#include <vector>

namespace tug::service {

/// Whether a process of that user, whose groups are these, could leave a cgroup below `directory` (open, cgroup v2):
/// for that it needs to write `cgroup.procs` of a directory that holds both places, which is this one or any above. The
/// user that owns such a file may (a subtree that was delegated), and root may.
[[nodiscard]] bool may_leave_cgroup(int directory, uid_t user, const std::vector<gid_t>& groups);

} // namespace tug::service
