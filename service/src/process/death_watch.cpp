#include "death_watch.hpp"

#include "cgroup_home.hpp"
#include "process_tree.hpp"
#include "tag.hpp"
#include "tug/net/blocked_signals.hpp"
#include <tug/os/unique_fd.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <utility>

namespace tug::service {

namespace {

/// Lets go of all that was inherited, but for the one descriptor, which becomes number 3: a pipe or a port would
/// otherwise stay open until this process ends.
void keep_only(int descriptor) {
    constexpr int kept = 3;
    if (descriptor != kept) ::dup3(descriptor, kept, O_CLOEXEC);
    const int null = ::open("/dev/null", O_RDWR);
    for (int standard = 0; standard < kept; ++standard) ::dup2(null, standard);
    if (::syscall(SYS_close_range, kept + 1, ~0U, 0) == 0) return;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    for (int fd = kept + 1; fd < static_cast<int>(limit.rlim_cur); ++fd) ::close(fd);
}

/// A group that is stopped or interrupted must not take this process along: it ends by itself.
void stand_apart() {
    ::setsid();
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, nullptr);
    [[maybe_unused]] const int moved = ::chdir("/"); // no file system is kept from being unmounted
    ::prctl(PR_SET_NAME, "tug-watch", 0, 0, 0);
}

/// The same that the next daemon would do, and what it could not: find those without a cgroup.
void end_what_is_left(const std::string& cgroup) {
    constexpr std::chrono::seconds most(10);
    static_cast<void>(cgroup_home::open(cgroup));
    call_processes commands;
    commands.tag = tag_family();
    commands.tag_bits = tag_family_bits;
    if (commands.tag != 0) kill_all(commands, most);
}

[[noreturn]] void watch(int daemon, const std::string& cgroup) {
    stand_apart();
    keep_only(daemon);
    pollfd ended{3, POLLIN, 0};
    while (::poll(&ended, 1, -1) < 0 && errno == EINTR) {
    }
    try {
        end_what_is_left(cgroup);
    } catch (...) { // NOLINT(bugprone-empty-catch): no memory; what has no cgroup stays
    }
    ::_exit(0);
}

} // namespace

death_watch::death_watch(const std::string& cgroup) {
    if (::getpid() == 1) return;
    static_cast<void>(tag_family()); // the same on both sides of the fork
    const os::unique_fd self(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
    if (!self) return;
    std::promise<pid_t> made;
    auto watcher_made = made.get_future();
    const net::blocked_signals inherited; // they are the main thread's
    parent_ = std::thread([&self, &cgroup, made = std::move(made), over = over_.get_future()]() mutable {
        const pid_t watcher = ::fork();
        if (watcher == 0) watch(self.get(), cgroup);
        made.set_value(watcher); // from here on the constructor is over
        over.wait();
        if (watcher < 0) return;
        ::kill(watcher, SIGKILL);
        while (::waitpid(watcher, nullptr, 0) < 0 && errno == EINTR) {
        }
    });
    watcher_ = watcher_made.get();
}

death_watch::~death_watch() {
    over_.set_value();
    if (parent_.joinable()) parent_.join();
}

} // namespace tug::service
