#include "death_watch.hpp"

#include "cgroup_home.hpp"
#include "process_tree.hpp"
#include "tag.hpp"
#include "tug/net/blocked_signals.hpp"
#include <tug/os/unique_fd.hpp>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <utility>

namespace tug::service {

namespace {

/// A group that is stopped or interrupted must not take this process along: it ends by itself.
void become_death_watch() {
    ::setsid();
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, nullptr);
    [[maybe_unused]] const int moved = ::chdir("/"); // no file system is kept from being unmounted
    ::prctl(PR_SET_NAME, "tug-watch", 0, 0, 0);
}

/// The same that the next daemon would do, and what it could not: find those without a cgroup.
void end_what_is_left(const std::string& cgroup, std::uint64_t family) {
    constexpr std::chrono::seconds most(10);
    static_cast<void>(cgroup_home::open(cgroup));
    call_processes commands;
    commands.tag = family;
    commands.tag_bits = tag_family_bits;
    if (commands.tag != 0) kill_all(commands, most);
}

} // namespace

int watch_main(std::span<char*> arguments) {
    if (arguments.size() != 3) return 2;
    become_death_watch();
    pollfd ended{std::atoi(arguments[0]), POLLIN, 0};
    while (::poll(&ended, 1, -1) < 0 && errno == EINTR) {
    }
    try {
        end_what_is_left(arguments[2], std::strtoull(arguments[1], nullptr, 10));
    } catch (...) { // NOLINT(bugprone-empty-catch): no memory; what has no cgroup stays
    }
    return 0;
}

death_watch::death_watch(const std::string& cgroup, const std::string& program) {
    if (::getpid() == 1) return;
    const os::unique_fd self(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
    if (!self) return;
    helper_start how;
    how.program = program;
    how.mode = watch_mode;
    how.descriptors = {self.get()};
    how.arguments = {std::to_string(tag_family()), cgroup};
    std::promise<pid_t> made;
    auto watcher_made = made.get_future();
    const net::blocked_signals inherited; // they are the main thread's
    parent_ = std::thread([this, &how, made = std::move(made), over = over_.get_future()]() mutable {
        auto watcher = starter_.start(how);
        made.set_value(watcher ? watcher->pid() : -1); // from here on the constructor is over
        over.wait();
        if (watcher) watcher->kill();
    });
    watcher_ = watcher_made.get();
}

death_watch::~death_watch() {
    over_.set_value();
    if (parent_.joinable()) parent_.join();
}

} // namespace tug::service
