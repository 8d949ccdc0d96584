#pragma once

#include <tug/exec_result.hpp>

namespace tug::cli {

/// What `tug` exits with for a command that ended so.
[[nodiscard]] int exit_code_of(const exec_result& r);

/// Says what a command that was ended by tug, or that left processes, leaves unsaid. Where it ended by itself, the
/// object of --json has the survivors, and nothing has failed.
void explain(const exec_result& r, bool json);

} // namespace tug::cli
