#include "helper_process.hpp"

#include <tug/os/errno.hpp>
#include <tug/os/failed_child.hpp>
#include <tug/os/unique_fd.hpp>

#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/process.hpp>
#include <boost/system/system_error.hpp>

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <utility>

namespace tug::service {

namespace process = boost::process::v2;

namespace {

/// Runs in the child. Of close_range() the library makes use as well, but leaves out what lies between the descriptors
/// that are kept (1.81).
void close_on_exec_from(int first) {
    if (::syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    for (int fd = first; fd < static_cast<int>(limit.rlim_cur); ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/// What the child is to have of this process.
struct heritage {
    const std::vector<int>& kept;
    int null;
    int last_null; ///< The last of 0, 1 and 2 that is /dev/null.
    const std::vector<const char*>& environment;

    template <class Launcher, class Argv>
    process::error_code on_setup(Launcher& launcher, const process::filesystem::path&, const Argv&) const {
        for (const int fd : kept)
            if (fd >= 0) launcher.fd_whitelist.push_back(fd);
        launcher.env = environment.data();
        return {};
    }

    template <class Launcher, class Argv>
    process::error_code on_exec_setup(Launcher&, const process::filesystem::path&, const Argv&) const {
        for (int standard = 0; standard <= last_null; ++standard) ::dup2(null, standard);
        close_on_exec_from(STDERR_FILENO + 1);
        for (const int fd : kept) ::fcntl(fd, F_SETFD, 0);
        return {};
    }
};

/// Precondition: no thread changes the environment meanwhile; none does after main() has begun its work.
std::vector<const char*> environment_of(const helper_start& how) {
    std::vector<const char*> out;
    for (char** one = environ; *one != nullptr; ++one) out.push_back(*one);
    if (how.forks) out.push_back("LD_BIND_NOW=1"); // ld.so(8)
    out.push_back(nullptr);
    return out;
}

std::vector<std::string> arguments_of(const helper_start& how) {
    std::vector<std::string> out{"--helper", how.mode};
    for (const int fd : how.descriptors) out.push_back(std::to_string(fd));
    out.insert(out.end(), how.arguments.begin(), how.arguments.end());
    return out;
}

} // namespace

bool helper_process::reap_if_ended() noexcept {
    if (ended_) return true;
    int status = 0;
    const auto got = ::waitpid(pid(), &status, WNOHANG);
    ended_ = got == pid() || (got < 0 && errno == ECHILD);
    return ended_;
}

void helper_process::end_within(std::chrono::milliseconds most) {
    if (reap_if_ended()) return;
    const os::unique_fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    pollfd ended{pidfd.get(), POLLIN, 0};
    if (pidfd) ::poll(&ended, 1, static_cast<int>(most.count()));
    kill(); // reaps it, where it has ended
}

void helper_process::kill() {
    if (reap_if_ended()) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid(), nullptr, 0) < 0 && errno == EINTR) {
    }
    ended_ = true;
}

proto::result<helper_process> helper_starter::start(const helper_start& how) {
    const os::unique_fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!null) return os::file_failure(errno, "cannot open /dev/null");
    const auto environment = environment_of(how);
    const heritage inherited{how.descriptors, null.get(), how.keeps_stderr ? STDOUT_FILENO : STDERR_FILENO,
                             environment};
    const auto arguments = arguments_of(how);
    const std::lock_guard lock(mutex_);
    try { // 1.81 throws also where it is given an error_code
        auto started = process::default_process_launcher()(io_, how.program, arguments, inherited, os::failed_child());
        const auto pid = started.id();
        static_cast<void>(started.detach());
        return helper_process(pid);
    } catch (const boost::system::system_error& e) {
        return os::file_failure(e.code().value(), "cannot start a helper process");
    }
}

} // namespace tug::service
