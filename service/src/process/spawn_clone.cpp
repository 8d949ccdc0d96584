#include "spawn_clone.hpp"

#include "spawn_child.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>

// The same function under a name that ThreadSanitizer does not intercept: its wrapper is made for fork-like uses and
// resets the state of the calling thread in the memory that here is shared.
// NOLINTNEXTLINE: the name is libc's
extern "C" int __clone(int (*fn)(void*), void* stack, int flags, void* arg, ...);

namespace tug::service {

namespace {

/// Without close_range nothing takes part of a shared table of descriptors, so the child gets a copy of it all.
std::uint64_t flags_for(const child_plan& plan) noexcept {
    constexpr std::uint64_t flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD;
    return plan.own_table ? flags : flags | CLONE_FILES;
}

// Blocks every signal in this thread, also the two that libc keeps for itself (hence no pthread_sigmask): a handler
// must not run in the child, in the daemon's memory.
class all_signals_blocked {
public:
    all_signals_blocked() noexcept {
        const unsigned long all = ~0UL;
        ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &old_, sizeof old_);
    }

    ~all_signals_blocked() { ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old_, nullptr, sizeof old_); }

    all_signals_blocked(const all_signals_blocked&) = delete;
    all_signals_blocked& operator=(const all_signals_blocked&) = delete;

private:
    unsigned long old_ = 0;
};

// clone3 makes the child in its cgroup; to move there afterwards takes a lock that stops every fork of the host. libc
// has no wrapper that is to be had, and a function cannot return twice on two stacks: so the call of `body` in the
// child, which is on its own stack, stands here. The pid, or the errno with a minus.
#if defined(__x86_64__)
constexpr bool has_clone3 = true;

long call_clone3(const clone_args& how, std::size_t size, int (*body)(void*), void* arg) noexcept {
    long result = SYS_clone3;
    asm volatile("syscall\n\t"
                 "testq %%rax, %%rax\n\t"
                 "jnz 1f\n\t"
                 "movq %[arg], %%rdi\n\t"
                 "callq *%[body]\n\t"
                 "ud2\n"
                 "1:"
                 : "+a"(result)
                 : "D"(&how), "S"(size), [body] "r"(body), [arg] "r"(arg)
                 : "rcx", "r11", "cc", "memory");
    return result;
}
#else
constexpr bool has_clone3 = false;

long call_clone3(const clone_args&, std::size_t, int (*)(void*), void*) noexcept {
    return -ENOSYS;
}
#endif

// Kernels before 5.7 do not know the flags, and the seccomp filters of older container engines refuse the call.
bool lacks_clone3(long result) noexcept {
    return result == -ENOSYS || result == -EINVAL || result == -E2BIG || result == -EPERM;
}

// The kernel resets the handlers; what is ignored stays ignored.
long by_clone3(child_plan& plan, std::byte* stack, std::size_t size, int& pidfd, int cgroup) noexcept {
    plan.to_reset = plan.ignored;
    clone_args how{};
    how.flags = flags_for(plan) | CLONE_CLEAR_SIGHAND;
    if (cgroup >= 0) how.flags |= CLONE_INTO_CGROUP;
    how.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
    how.exit_signal = SIGCHLD;
    how.stack = reinterpret_cast<std::uint64_t>(stack);
    how.stack_size = size;
    how.cgroup = cgroup >= 0 ? static_cast<std::uint64_t>(cgroup) : 0;
    return call_clone3(how, sizeof how, &run_child, &plan);
}

// The child moves itself into the cgroup before it closes any descriptor.
long by_clone(child_plan& plan, std::byte* stack, std::size_t size, int& pidfd, int cgroup) noexcept {
    plan.to_reset = all_signals();
    const os::unique_fd procs(cgroup >= 0 ? ::openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC) : -1);
    plan.cgroup_procs = procs.get();
    const int pid = __clone(&run_child, stack + size, static_cast<int>(flags_for(plan)) | SIGCHLD, &plan, &pidfd);
    return pid < 0 ? -errno : pid;
}

} // namespace

cloned clone_child(child_plan& plan, int cgroup, starts& all, const std::function<bool()>& given_up, clone_call how) {
    static std::atomic<bool> clone3_known = has_clone3; // a fact of the kernel
    // Enough for a few small frames; no signal handler can ever run on it.
    alignas(64) std::byte stack[16 * 1024];
    cloned child;
    const all_signals_blocked blocked;
    long result = -ENOSYS;
    // The pidfd is close-on-exec by itself.
    const auto take = [&](starts::one& start) {
        if (result < 0) return;
        child.pid = static_cast<pid_t>(result);
        child.pidfd.reset(start.pidfd());
        child.stuck = start.ended() && plan.error == 0;
    };
    if (how == clone_call::automatic && clone3_known) {
        starts::one start(all, given_up);
        plan.pid = &start.pid();
        result = by_clone3(plan, stack, sizeof stack, start.pidfd(), cgroup);
        child.in_cgroup = result > 0 && cgroup >= 0;
        if (lacks_clone3(result)) clone3_known = false;
        take(start);
    }
    // A cgroup that cannot be had is no reason not to start the program.
    if (result < 0) {
        starts::one start(all, given_up);
        plan.pid = &start.pid();
        result = by_clone(plan, stack, sizeof stack, start.pidfd(), lacks_clone3(result) ? cgroup : -1);
        child.in_cgroup = result > 0 && plan.cgroup_procs >= 0;
        take(start);
    }
    if (result < 0) child.error = static_cast<int>(-result);
    return child;
}

} // namespace tug::service
