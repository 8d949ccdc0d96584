#pragma once

namespace tug::cli {

// How `tug` ends where it ends by a signal. A shell that runs a script goes on after a program which exits, whatever
// its code, and stops after one that SIGINT ended: so what a signal ends must end by that signal.

/// Whether SIGPIPE was ignored when tug was started: then the programs that it starts shall find that, too.
[[nodiscard]] bool sigpipe_was_ignored_at_start() noexcept;

/// main() calls it first. SIGPIPE is ignored from now on: a reader that has left is an error of the write. SIGINT,
/// SIGTERM and SIGHUP are let in where whatever started tug blocked them; those that are ignored stay so.
void prepare_signals() noexcept;

/// Ends the process by that signal, also where it is caught, blocked or ignored. As PID 1, which no signal of its own
/// ends, it exits with 128 and the number. Safe in a signal handler.
[[noreturn]] void die_by(int number) noexcept;

/// For a write whose reader has left: ends the process by SIGPIPE, silently, as that ends every filter. Returns where
/// SIGPIPE was ignored when tug started.
void die_by_sigpipe() noexcept;

} // namespace tug::cli
