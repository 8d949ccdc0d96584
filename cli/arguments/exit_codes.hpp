#pragma once

namespace tug::cli {

/// What `tug` exits with. `tug exec` passes on the code of the command, 128+n where signal n ended it, and uses the
/// codes of a shell and of timeout(1) beside them; the other commands know success, failed and usage alone.
namespace exit_code {

inline constexpr int success = 0;
inline constexpr int failed = 1;
inline constexpr int usage = 2;

inline constexpr int exec_timed_out = 124;
inline constexpr int exec_tug_failed = 125; ///< tug's own failure, a usage error, and output_limit.
inline constexpr int exec_not_runnable = 126;
inline constexpr int exec_not_found = 127;
inline constexpr int exec_signal_base = 128;
inline constexpr int exec_cancelled = 130;

inline constexpr int rsh_failed = 255; ///< Of `tug rsh` for every failure of its own, as of ssh.

} // namespace exit_code

} // namespace tug::cli
