#include "process/fork_server.hpp"

#include "os/passed_descriptors.hpp"
#include "process/slices.hpp"
#include <tug/os/errno.hpp>

#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <utility>

namespace tug::service {

namespace {

/// A fork takes less than a millisecond. One that has not come by then is not waited for: the process may be stopped.
constexpr auto answer_time = std::chrono::seconds(10);

/// It has nothing to do then but to return.
constexpr auto end_time = std::chrono::seconds(2);

/// A request is one byte with a descriptor, its answer the pid, or the errno with a minus.
using fork_request = std::array<std::byte, 1>;

/// A group that is interrupted does not take this process along, and no one waits for it.
void become_fork_server() {
    ::setsid();
    [[maybe_unused]] const int moved = ::chdir("/");
    ::prctl(PR_SET_NAME, "tug-fork", 0, 0, 0);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    std::signal(SIGPIPE, SIG_IGN);
    take_usual_slices();
    ::mallopt(M_ARENA_MAX, 1); // a second thread of a helper would get 64 MiB of addresses of its own
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Where libc keeps the id of this thread; null where the kernel does not say.
pid_t* own_thread_id() {
    pid_t* where = nullptr;
    return ::prctl(PR_GET_TID_ADDRESS, &where, 0, 0, 0) == 0 ? where : nullptr;
}

/// fork(), but for the parent: that of the caller. libc has no function for it; what its own one does beside the call,
/// for a process of one thread, is to note the id of the new thread. 0 in the child.
pid_t fork_sibling(pid_t* thread_id) {
    const auto pid = static_cast<pid_t>(::syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0));
    if (pid == 0 && thread_id != nullptr) *thread_id = ::getpid();
    return pid;
}

int run_helper(helper_function run, int descriptor, std::span<char*> arguments) {
    auto number = std::to_string(descriptor);
    std::vector<char*> all{number.data()};
    all.insert(all.end(), arguments.begin() + 1, arguments.end());
    return run(arguments.front(), all);
}

} // namespace

int fork_main(std::span<char*> arguments, helper_function run) {
    if (arguments.size() < 2) return 2;
    os::unique_fd requests(std::atoi(arguments[0]));
    become_fork_server();
    auto* const thread_id = own_thread_id();
    for (;;) {
        fork_request asked;
        int number = -1;
        const auto came = receive_descriptors(requests.get(), asked, std::span(&number, 1));
        if (!came) return 0; // the daemon has ended
        os::unique_fd descriptor(number);
        const auto pid = descriptor ? fork_sibling(thread_id) : pid_t(-1);
        if (pid == 0) {
            requests.reset();
            const int code = run_helper(run, descriptor.release(), arguments.subspan(1));
            ::_exit(code); // what is to be done at an exit is the fork server's
        }
        const int answer = pid > 0 ? pid : descriptor ? -errno : -EMFILE;
        descriptor.reset(); // before the answer: who has it takes the end of the helper for that of its descriptor
        static_cast<void>(!::send(requests.get(), &answer, sizeof answer, MSG_NOSIGNAL));
    }
}

proto::result<pid_t> fork_server::start(int descriptor) {
    if (!process_) {
        if (auto started = start_server(); !started) return started.error();
    }
    const auto answer = ask(descriptor);
    if (!answer) {
        stop();
        return proto::failure(proto::errc::connection_lost, "the process that forks helpers has ended");
    }
    if (*answer <= 0) return os::file_failure(-*answer, "cannot start a helper process");
    return pid_t(*answer);
}

proto::result<void> fork_server::start_server() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return os::file_failure(errno, "cannot make a socket");
    os::unique_fd ours(ends[0]);
    const os::unique_fd its(ends[1]);
    helper_start how;
    how.program = program_;
    how.mode = fork_mode;
    how.descriptors.push_back(its.get());
    how.arguments.push_back(mode_);
    how.arguments.insert(how.arguments.end(), arguments_.begin(), arguments_.end());
    how.keeps_stderr = true;
    how.forks = true;
    auto process = starter_.start(how);
    if (!process) return process.error();
    process_.emplace(std::move(*process));
    requests_ = std::move(ours);
    return {};
}

/// Nothing where it has ended, or does not answer.
std::optional<int> fork_server::ask(int descriptor) const {
    if (!pass_descriptors(requests_.get(), fork_request(), std::span(&descriptor, 1))) return std::nullopt;
    pollfd answered{requests_.get(), POLLIN, 0};
    ::poll(&answered, 1, static_cast<int>(std::chrono::milliseconds(answer_time).count()));
    int answer = 0;
    if (::recv(requests_.get(), &answer, sizeof answer, MSG_DONTWAIT) != sizeof answer) return std::nullopt;
    return answer;
}

void fork_server::stop() {
    requests_.reset();
    if (process_) process_->end_within(end_time);
    process_.reset();
}

void fork_server::forget() {
    requests_.reset();
    process_.reset();
}

} // namespace tug::service
