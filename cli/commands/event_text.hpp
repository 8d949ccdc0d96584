#pragma once

#include <tug/watch.hpp>

#include <boost/json/object.hpp>

namespace tug::cli {

/// {"event","path"}, and "from", "directory" and "error" where there are.
[[nodiscard]] boost::json::object to_json(const watch_event& event);

} // namespace tug::cli
