#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace tug::service {

class exec_strings;
struct spawn_request;

/// The PATH of a user whose environment has none: that of root, or, for others, with the directories of the system's
/// administration behind the rest.
[[nodiscard]] std::string_view usual_path(uid_t uid) noexcept;

/// The value of PATH in `env`, or the usual_path() where there is none.
[[nodiscard]] std::string_view path_of(const exec_strings& env, uid_t uid);

/// The entries of a PATH, in order. An empty one is the cwd.
[[nodiscard]] std::vector<std::string> path_entries(std::string_view path);

/// The files that `name` may stand for, in order: itself where it holds a slash, else one in each of the directories.
/// None for an empty name, and none for a name where there are no directories.
[[nodiscard]] std::vector<std::string> program_candidates(const std::string& name,
                                                          const std::vector<std::string>& directories);

/// Those of a request.
[[nodiscard]] std::vector<std::string> candidates_of(const spawn_request& request);

} // namespace tug::service
