#pragma once

#include <tug/audit.hpp>

#include <boost/json/object.hpp>

#include <string>

namespace tug::cli {

/// What `audit` prints of an event for a person: "TIME call ci@10.0.0.7:50514 exec make: exited 0, 5.0 KiB, 12747 ms".
/// Nothing in it controls a terminal.
[[nodiscard]] std::string audit_text(const audit_event& event);

/// As the line of the server has it.
[[nodiscard]] boost::json::object to_json(const audit_event& event);

} // namespace tug::cli
