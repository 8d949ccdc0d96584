#pragma once

#include <sys/types.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tug::service {

/// Reads the whole of a small /proc file. 0, or the errno: ENOENT and ESRCH where the process is gone. Thread safe.
[[nodiscard]] int read_proc_file(const std::string& path, std::string& text);

/// True for an errno by which /proc says that there is no such process.
[[nodiscard]] constexpr bool process_gone(int err) noexcept {
    return err == ENOENT || err == ESRCH;
}

/// What /proc/PID/stat tells.
struct proc_stat {
    pid_t pid = 0;
    char state = '?'; ///< 'Z' is a zombie, 'X' dead
    pid_t parent = 0;
    pid_t group = 0;
    pid_t session = 0;
    std::uint64_t start_time = 0; ///< clock ticks since boot; with the pid it names a process for good

    /// False for zombies: they hold nothing but their number.
    [[nodiscard]] bool alive() const noexcept { return state != 'Z' && state != 'X'; }
};

/// Nothing where `text` is no such line. The program's name in it may hold anything, also spaces and parentheses.
[[nodiscard]] std::optional<proc_stat> parse_proc_stat(std::string_view text);

/// Reads it of a process. 0, or the errno: ENOENT and ESRCH where there is no such process. Thread safe.
[[nodiscard]] int read_proc_stat(pid_t pid, proc_stat& stat);

} // namespace tug::service
