#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace tug::os {

/// The last initializer of every program that Boost.Process v2 starts: what becomes of a child that cannot execute it.
/// The library (1.81) calls exit(3) there, which runs the handlers and destructors of this process in its copy, with
/// the locks of threads that are not there; and leaves the child as a zombie.
struct failed_child {
    /// Runs in the child, once the parent has been told why. Takes any arguments, for the library looks for it with
    /// others than those that it passes.
    template <class... Arguments>
    void on_exec_error(Arguments&&...) const noexcept {
        ::_exit(EXIT_FAILURE);
    }

    template <class Launcher, class... Arguments>
    void on_error(Launcher& launcher, Arguments&&...) const noexcept {
        if (launcher.pid <= 0) return; // there is no child
        while (::waitpid(launcher.pid, nullptr, 0) < 0 && errno == EINTR) continue;
    }
};

} // namespace tug::os
