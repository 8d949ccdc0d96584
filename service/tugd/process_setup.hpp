#pragma once

#include <tug/service/options.hpp>

namespace tug::service {

/// Prepares the process of the daemon, once, before any thread: ignores the signals that would end it for what a peer
/// or a disk does, keeps its memory (keys) from debuggers and core files, raises the limit on open files, and becomes
/// the subreaper of its commands. Limits that commands are to get back are noted in `o`. With `no_new_privs` no command
/// gains privileges by what it executes; a failure of that is std::system_error.
void set_up_process(options& o, bool no_new_privs);

/// True for a signal that the process was started to ignore, as by nohup: it is to go on so.
[[nodiscard]] bool is_ignored(int signal);

/// Lets all signals in, whatever the process was started with: one that is blocked could not end it. Call it once their
/// handlers are there, and before any thread.
void unblock_signals();

} // namespace tug::service
