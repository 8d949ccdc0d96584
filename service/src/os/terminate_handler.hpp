#pragma once

namespace tug::service {

/// From now on std::terminate() writes one line to stderr that says why, and ends the process by SIGABRT, after which a
/// supervisor starts it again. What leads there is want of memory where nothing can be refused any more, or a bug.
void install_terminate_handler();

/// From now on a signal by which the kernel or libc ends this process for a bug (SIGSEGV, SIGABRT, …) is written to
/// stderr before it does so. Signals that have a handler already, as that of a sanitizer, keep it.
void install_crash_handler();

} // namespace tug::service
