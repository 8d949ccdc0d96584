#pragma once

#include "spawn_child.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

// Instrumented code and the sanitizers' interceptors would take the child for the thread whose memory and thread
// pointer it borrows. So nothing here is instrumented, and system calls go past libc's wrappers (and so also past
// setresuid's habit of changing all threads of the process, which here are the daemon's).
#define TUG_IN_CHILD __attribute__((no_sanitize("address", "thread", "undefined"), noinline))

namespace tug::service {

/// A system call of the child; where it fails the plan's error is set.
template <class... Args>
TUG_IN_CHILD bool call(child_plan& plan, long number, Args... args) {
    if (::syscall(number, args...) >= 0) return true;
    plan.error = errno;
    return false;
}

} // namespace tug::service
