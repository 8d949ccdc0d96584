#pragma once

#include "process/orphans.hpp"
#include "process/proc_file.hpp"
#include "process/process_tree.hpp"
#include "process/spawn.hpp"
#include "support/temp_dir.hpp"

#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>
#include <tug/net/blocking_pool.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace tug::test {

struct pipe_ends {
    tug::os::unique_fd read;
    tug::os::unique_fd write;
};

inline pipe_ends make_pipe() {
    int fds[2] = {-1, -1};
    // Also used on other threads, where Boost.Test's checks must not be.
    if (::pipe2(fds, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
    return {tug::os::unique_fd(fds[0]), tug::os::unique_fd(fds[1])};
}

/// Reads until end of input, or up to and without the first `stop`.
inline std::string read_text(int fd, std::optional<char> stop = std::nullopt) {
    std::string text;
    for (char c = 0;;) {
        const auto n = ::read(fd, &c, 1);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0 || c == stop) return text;
        text += c;
    }
}

inline std::string read_line(int fd) {
    return read_text(fd, '\n');
}

/// A directory for the programs of a test.
class command_dir : public temp_dir {
public:
    [[nodiscard]] tug::os::unique_fd open() const {
        return tug::os::unique_fd(::open(path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }

    std::string write(const std::string& name, const std::string& text, mode_t mode = 0755) const {
        std::string file = *this / name;
        std::ofstream(file) << text;
        ::chmod(file.c_str(), mode);
        return file;
    }
};

/// A process with its standard output. What is left of its tree when it goes is killed, so that a test that fails does
/// not make the next ones fail.
struct running {
    running(service::spawned started, tug::os::unique_fd output)
        : process(std::move(started)), out(std::move(output)) {}

    running(running&&) = default;
    running& operator=(running&&) = delete;
    running(const running&) = delete;
    running& operator=(const running&) = delete;

    ~running() {
        if (process.pid() != 0) service::kill_all(call());
    }

    service::spawned process;
    tug::os::unique_fd out;

    [[nodiscard]] service::call_processes call() const { return {process.pid(), process.tag()}; }

    /// The status as waitpid gives it; leaves the zombie.
    siginfo_t await_end() const {
        siginfo_t info{};
        while (::waitid(P_PID, static_cast<id_t>(process.pid()), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
        }
        return info;
    }
};

inline bool is_running(pid_t pid) {
    service::proc_stat stat;
    return service::read_proc_stat(pid, stat) == 0 && stat.alive();
}

/// Processes as the daemon has them: roots started by threads of a pool, orphans handed to this thread. At its end no
/// child may be left, neither running nor as a zombie.
class processes {
public:
    processes() { BOOST_REQUIRE(service::become_subreaper().has_value()); }

    processes(const processes&) = delete;
    processes& operator=(const processes&) = delete;

    ~processes() {
        service::reap_orphans();
        BOOST_TEST((::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD), "children are left");
        pool.join();
    }

    /// Starts something on a thread of the pool.
    template <class F>
    auto begin_on_pool(F work) {
        using task = std::packaged_task<std::invoke_result_t<F>()>;

        struct posted final : net::blocking_pool::job {
            explicit posted(task t) : it(std::move(t)) {}

            void run() noexcept override {
                const std::unique_ptr<posted> gone(this);
                it();
            }

            task it;
        };

        auto job = std::make_unique<posted>(task(std::move(work)));
        auto future = job->it.get_future();
        pool.post(*job.release());
        return future;
    }

    /// The same, and waits for it.
    template <class F>
    auto on_pool(F work) {
        return begin_on_pool(std::move(work)).get();
    }

    proto::result<service::spawned> spawn(const service::spawn_request& request) {
        return on_pool([&] { return spawner.spawn(request); });
    }

    /// Starts it with its standard output in a pipe; requires that this works.
    running start(service::spawn_request request) {
        auto out = make_pipe();
        request.stdout_fd = out.write.get();
        auto process = spawn(request);
        BOOST_REQUIRE_MESSAGE(process.has_value(), (process.has_error() ? process.error().message : ""));
        return running(std::move(*process), std::move(out.read));
    }

    running shell(const std::string& script) { return start(request({"/bin/sh", "-c", script})); }

    /// Starts it, and gives what it wrote once it has ended.
    std::string output(service::spawn_request r) {
        const auto process = start(std::move(r));
        return read_text(process.out.get());
    }

    static service::spawn_request request(std::vector<std::string> argv, service::exec_strings env = {}) {
        service::spawn_request r;
        r.argv = std::move(argv);
        r.env = std::move(env);
        if (r.env.empty()) r.env = {"PATH=/usr/bin:/bin"};
        return r;
    }

    net::blocking_pool pool{4};
    service::spawner spawner{2}; // fewer than threads: both ways of lending descriptors are used
};

} // namespace tug::test
