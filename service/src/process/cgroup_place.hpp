#pragma once

#include <tug/proto/error.hpp>

#include <string>

namespace tug::service {

/// The cgroup (v2) of this process as a directory, as /proc tells; empty where there is none.
[[nodiscard]] std::string own_cgroup();

/// Where cgroup_home::open() of the same text would make its directory; empty: nowhere. Fails as that does, and makes
/// nothing.
[[nodiscard]] proto::result<std::string> cgroup_place(const std::string& where);

} // namespace tug::service
