#pragma once

#include "sockets.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

extern char** environ;

namespace tug::bench {

struct pipe_ends {
    unique_fd read;
    unique_fd write;
};

inline pipe_ends make_pipe() {
    std::array<int, 2> ends{};
    checked(::pipe2(ends.data(), O_CLOEXEC), "pipe");
    return {unique_fd(ends[0]), unique_fd(ends[1])};
}

/// The least that a command with separate output costs: two pipes and one posix_spawn.
class spawned_child {
public:
    explicit spawned_child(std::vector<std::string> argv, int pipe_size = 0) {
        auto out_pipe = make_pipe();
        auto err_pipe = make_pipe();
        if (pipe_size > 0) checked(::fcntl(out_pipe.write.get(), F_SETPIPE_SZ, pipe_size), "F_SETPIPE_SZ");
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, out_pipe.write.get(), STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions, err_pipe.write.get(), STDERR_FILENO);
        std::vector<char*> pointers;
        for (auto& a : argv) pointers.push_back(a.data());
        pointers.push_back(nullptr);
        const int failed = ::posix_spawnp(&pid_, pointers[0], &actions, nullptr, pointers.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
        if (failed != 0) throw std::runtime_error("posix_spawn failed");
        out = std::move(out_pipe.read);
        err = std::move(err_pipe.read);
    }

    /// The exit code; -1 after a signal.
    int wait() const {
        int status = 0;
        checked(::waitpid(pid_, &status, 0), "waitpid");
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    unique_fd out;
    unique_fd err;

private:
    pid_t pid_ = -1;
};

} // namespace tug::bench
