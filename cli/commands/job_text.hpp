#pragma once

#include <tug/job_info.hpp>

#include <boost/json/object.hpp>

#include <string>

namespace tug::cli {

/// A line of `job ls`: name, state, start, exit and command.
[[nodiscard]] std::string list_line(const job_info& job);

/// What `job status` prints for a person.
[[nodiscard]] std::string status_text(const job_info& job);

[[nodiscard]] boost::json::object to_json(const job_info& job);

/// How a command ended: reason, exit_code or signal, survivors, time.
[[nodiscard]] boost::json::object to_json(const exec_result& r);

} // namespace tug::cli
