#pragma once

#include "process_support.hpp"

#include "support/proc.hpp"

#include <sys/syscall.h>

#include <set>
#include <sstream>

namespace tug::test {

inline std::set<std::string> descriptors_of(pid_t pid) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd"))
        names.insert(entry.path().filename());
    return names;
}

inline const std::set<std::string> only_standard{"0", "1", "2"};

/// A cgroup that a child cannot enter and does not get past: as a file system does that does not answer.
struct held_start {
    held_start() {
        const auto file = dir / "cgroup.procs";
        BOOST_REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
        fifo.reset(::open(file.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
        const std::string much(65'536, 'x');
        while (::write(fifo.get(), much.data(), much.size()) > 0) {
        }
        while (::write(fifo.get(), "x", 1) > 0) {
        }
    }

    /// True while a child of ours waits there.
    [[nodiscard]] static bool is_waited_for() {
        for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
            std::istringstream children(read_file(task.path() / "children"));
            for (std::string pid; children >> pid;)
                if (read_file("/proc/" + pid + "/syscall").starts_with(std::to_string(SYS_write) + " ")) return true;
        }
        return false;
    }

    void let_go() const {
        auto drained = std::string(65'536, ' ');
        while (::read(fifo.get(), drained.data(), drained.size()) > 0) {
        }
    }

    command_dir dir;
    tug::os::unique_fd fifo;
    tug::os::unique_fd as_cgroup = dir.open();
};

} // namespace tug::test
