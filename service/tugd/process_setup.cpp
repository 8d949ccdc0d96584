#include "process_setup.hpp"

#include "process/orphans.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace tug::service {

namespace {

file_limit get_limit(int which) {
    rlimit l{};
    ::getrlimit(static_cast<__rlimit_resource>(which), &l);
    return {l.rlim_cur, l.rlim_max};
}

void set_limit(int which, file_limit to) {
    const rlimit l{to.soft, to.hard};
    // A limit that cannot be had is no reason not to serve.
    static_cast<void>(::setrlimit(static_cast<__rlimit_resource>(which), &l));
}

} // namespace

void set_up_process(options& o, bool no_new_privs) {
    std::signal(SIGPIPE, SIG_IGN); // a peer that is gone is an error of its connection
    std::signal(SIGXFSZ, SIG_IGN); // likewise a file that may not grow
    std::signal(SIGCHLD, SIG_DFL); // an inherited SIG_IGN would reap our commands unseen

    o.child_open_files = get_limit(RLIMIT_NOFILE);
    o.child_core_size = get_limit(RLIMIT_CORE);
    set_limit(RLIMIT_NOFILE, {o.child_open_files->hard, o.child_open_files->hard});
    set_limit(RLIMIT_CORE, {0, o.child_core_size->hard});
#ifndef TUG_SANITIZED // a leak checker has to attach to its own process
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
    if (no_new_privs && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        throw std::system_error(errno, std::generic_category(), "--no-new-privs");
    // Without it orphans go to the PID 1 of the host, out of reach: only possible on kernels before 3.4.
    static_cast<void>(become_subreaper());
}

bool is_ignored(int signal) {
    struct sigaction how{};
    return ::sigaction(signal, nullptr, &how) == 0 && how.sa_handler == SIG_IGN;
}

void unblock_signals() {
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

} // namespace tug::service
