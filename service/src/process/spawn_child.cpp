#include "spawn_child.hpp"

#include "child_call.hpp"
#include "child_descriptors.hpp"
#include "spawn.hpp"

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

namespace tug::service {

namespace {

using step = child_plan::step;

// execve keeps ignored signals ignored, which a program does not expect. Handlers, where the kernel has not reset them,
// must be gone as well before signals come.
TUG_IN_CHILD bool reset_dispositions(child_plan& plan) {
    // The kernel's struct sigaction, which is not libc's: all zero is SIG_DFL without flags. Four words at most.
    const unsigned long by_default[4] = {0, 0, 0, 0};
    int sig = 1;
    for (signal_bits left = plan.to_reset; left != 0; left >>= 1, ++sig) {
        if ((left & 1) == 0) continue;
        if (!call(plan, SYS_rt_sigaction, sig, &by_default[0], nullptr, sizeof by_default[0])) return false;
    }
    return true;
}

// Last, and after the dispositions: no handler of the daemon may run here, and no signal may dump a core of the
// memory that is the daemon's.
TUG_IN_CHILD bool unblock_signals(child_plan& plan) {
    const unsigned long none = 0;
    return call(plan, SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, sizeof none);
}

TUG_IN_CHILD bool set_limit(child_plan& plan, int resource, const rlimit& limit) {
    return call(plan, SYS_prlimit64, 0, resource, &limit, nullptr);
}

TUG_IN_CHILD bool set_limits(child_plan& plan) {
    if (plan.open_files != nullptr && !set_limit(plan, RLIMIT_NOFILE, *plan.open_files)) return false;
    if (plan.core_size != nullptr && !set_limit(plan, RLIMIT_CORE, *plan.core_size)) return false;
    plan.at = step::limits;
    for (std::size_t i = 0; i < plan.limit_count; ++i)
        if (!set_limit(plan, plan.limits[i].resource, plan.limits[i].value)) return false;
    if (plan.slice != nullptr && !call(plan, SYS_sched_setattr, 0, plan.slice, 0))
        plan.error = 0; // it is a matter of pace
    if (plan.nice != nullptr && !call(plan, SYS_setpriority, PRIO_PROCESS, 0, *plan.nice)) return false;
    plan.at = step::setup;
    if (plan.tag == 0) return true;
    rlimit tag;
    tag.rlim_cur = tag.rlim_max = plan.tag;
    return set_limit(plan, RLIMIT_RTTIME, tag);
}

// The memory shared with the daemon must not be traced by the new user nor dumped: a change of user sets the memory's
// dumpable flag to fs.suid_dumpable, which is not 0 everywhere. So the flag of an embedding application is off after a
// spawn with run_as.
TUG_IN_CHILD bool become_user(child_plan& plan) {
    if (plan.run_as == nullptr) return true;
    const user& u = *plan.run_as;
    return call(plan, SYS_setgroups, plan.group_count, plan.groups) && call(plan, SYS_setresgid, u.gid, u.gid, u.gid) &&
           call(plan, SYS_setresuid, u.uid, u.uid, u.uid) && call(plan, SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
}

TUG_IN_CHILD bool take_terminal(child_plan& plan) {
    return !plan.controlling_terminal || call(plan, SYS_ioctl, STDIN_FILENO, TIOCSCTTY, 0);
}

// First, so that nothing of the child's is ever outside. A cgroup that it may not enter is none.
TUG_IN_CHILD void enter_cgroup(child_plan& plan) {
    if (plan.cgroup_procs < 0) return;
    const char self = '0';
    if (!call(plan, SYS_write, plan.cgroup_procs, &self, sizeof self)) plan.cgroup_procs = -1;
    plan.error = 0;
}

TUG_IN_CHILD bool set_up(child_plan& plan) {
    enter_cgroup(plan);
    if (!call(plan, SYS_setsid) || !reset_dispositions(plan) || !set_limits(plan) || !become_user(plan)) return false;
    plan.at = step::cwd; // as the user who has to be able to enter it
    if (plan.cwd_fd >= 0 && !call(plan, SYS_fchdir, plan.cwd_fd)) return false;
    plan.at = step::setup;
    return set_child_descriptors(plan) && take_terminal(plan) && unblock_signals(plan);
}

// As execvp goes through PATH, but without its shell for files of unknown format.
TUG_IN_CHILD void execute(child_plan& plan) {
    bool denied = false;
    plan.at = step::exec;
    plan.error = ENOENT;
    for (const char* const* file = plan.candidates; *file != nullptr; ++file) {
        // The parent reads 0 where execve does not return: its memory is no longer this one's by then.
        plan.error = 0;
        call(plan, SYS_execve, *file, plan.argv, plan.envp);
        switch (plan.error) {
        case EACCES: denied = true; break;
        case ENOENT:
        case ENOTDIR:
        case ESTALE:
        case ENODEV:
        case ETIMEDOUT: break;
        default: return;
        }
    }
    if (denied) plan.error = EACCES;
}

} // namespace

TUG_IN_CHILD int run_child(void* arg) {
    child_plan& plan = *static_cast<child_plan*>(arg);
    *plan.pid = static_cast<pid_t>(::syscall(SYS_getpid));
    if (set_up(plan)) execute(plan);
    for (;;) ::syscall(SYS_exit_group, 127);
}

} // namespace tug::service
