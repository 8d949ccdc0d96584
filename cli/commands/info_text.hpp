#pragma once

#include <tug/server_info.hpp>

#include <boost/json/object.hpp>

#include <chrono>
#include <string>

namespace tug::cli {

/// What `info` prints for a person; the limits too where `all` is set.
[[nodiscard]] std::string info_text(const server_info& info, bool all);

[[nodiscard]] boost::json::object to_json(const server_info& info);

/// "3 d 4 h", "5 min 2 s": the two largest units.
[[nodiscard]] std::string duration_text(std::chrono::milliseconds time);

/// "ends in 3 d 4 h", or "has ended".
[[nodiscard]] std::string certificate_text(std::chrono::system_clock::duration left);

/// "0.42 0.31 0.25"
[[nodiscard]] std::string load_text(const load_averages& load);

} // namespace tug::cli
