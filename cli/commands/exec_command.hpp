#pragma once

#include "cli/arguments/options.hpp"

#include <tug/command.hpp>
#include <tug/exec_result.hpp>

#include <boost/json/object.hpp>

namespace tug::cli {

// What `exec` and `run` have in common.

/// The command that the options of `exec` describe.
[[nodiscard]] command command_for(const options& o);

/// What --json says of its end, without its output.
[[nodiscard]] boost::json::object json_of(const exec_result& r);

/// The exit code of tug for a command that was started.
[[nodiscard]] int exit_code_of(const exec_result& r);

/// Says what a command that was ended by tug, or that left processes, leaves unsaid. Where it ended by itself, the
/// object of --json has the survivors, and nothing has failed.
void explain(const exec_result& r, bool json);

} // namespace tug::cli
