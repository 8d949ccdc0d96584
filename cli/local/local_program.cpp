#include "local_program.hpp"

#include "end_by_signal.hpp"

#include <tug/error.hpp>
#include <tug/os/failed_child.hpp>

#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/process.hpp>

#include <linux/close_range.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <functional>
#include <memory>
#include <utility>

namespace asio = boost::asio;
namespace processes = boost::process::v2;

namespace tug::cli {

namespace {

/// Runs in the child: what tug has of signals and descriptors is not for others.
struct as_started_by_a_shell {
    template <class Launcher, class Argv>
    processes::error_code on_exec_setup(Launcher&, const processes::filesystem::path&, const Argv&) const {
        if (!sigpipe_was_ignored_at_start()) std::signal(SIGPIPE, SIG_DFL);
        ::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
        return {};
    }
};

/// While a program has the terminal, an interrupt is for it alone, as with system(3).
class ignored_interrupts {
public:
    ignored_interrupts() {
        struct sigaction ignore{};
        ignore.sa_handler = SIG_IGN;
        for (std::size_t i = 0; i < numbers.size(); ++i) ::sigaction(numbers[i], &ignore, &before_[i]);
    }

    ignored_interrupts(const ignored_interrupts&) = delete;
    ignored_interrupts& operator=(const ignored_interrupts&) = delete;

    ~ignored_interrupts() {
        for (std::size_t i = 0; i < numbers.size(); ++i) ::sigaction(numbers[i], &before_[i], nullptr);
    }

private:
    static constexpr std::array numbers{SIGINT, SIGQUIT};
    std::array<struct sigaction, numbers.size()> before_{};
};

pid_t start(asio::any_io_executor home, std::string script, std::vector<std::string> arguments) {
    std::vector<std::string> all{"-c", std::move(script), "sh"};
    for (auto& argument : arguments) all.push_back(std::move(argument));
    try { // 1.81 throws also where it is given an error_code
        auto started = processes::default_process_launcher()(std::move(home), "/bin/sh", all, as_started_by_a_shell(),
                                                             os::failed_child());
        const auto pid = started.id();
        started.detach();
        return pid;
    } catch (const boost::system::system_error& e) {
        throw error(failure(errc::local_io, "a program cannot be started: " + e.code().message()));
    }
}

} // namespace

asio::awaitable<int> run_program(invocation& s, std::string script, std::vector<std::string> arguments) {
    const auto pid = start(s.ctl.get_executor(), std::move(script), std::move(arguments));
    const auto status = std::make_shared<int>(0);
    std::function<void()> wait = [pid, status] {
        while (::waitpid(pid, status.get(), 0) < 0 && errno == EINTR) continue;
    };
    const ignored_interrupts for_the_program;
    co_await s.input.run(std::move(wait));
    co_return WIFSIGNALED(*status) ? 128 + WTERMSIG(*status) : WEXITSTATUS(*status);
}

} // namespace tug::cli
