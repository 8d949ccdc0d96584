#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <sys/types.h>

namespace tug::bench {

/// Seconds of a steady clock since some point in the past.
[[nodiscard]] double now_seconds() noexcept;
/// The same in ns; about 20 ns a call.
[[nodiscard]] std::uint64_t now_ns() noexcept;

/// CPU seconds that a process, with all its threads but without its children, has used. Throws std::system_error where
/// there is no such process.
[[nodiscard]] double cpu_seconds(pid_t pid);
[[nodiscard]] double own_cpu_seconds() noexcept;

/// A memory size of a process in KiB, by its name in /proc/PID/status: "VmRSS", "VmHWM". Nothing where it is not told.
[[nodiscard]] std::optional<std::uint64_t> memory_kib(pid_t pid, const char* name);

/// What a piece of work costs: its time, the CPU time of this process and of the server, and the memory of the server.
class meter {
public:
    /// Without a server its figures stay empty. Where the kernel lets us (root), the server's peak memory starts anew.
    explicit meter(std::optional<pid_t> server);

    struct reading {
        double seconds = 0;
        double client_cpu = 0;
        std::optional<double> server_cpu{};
        std::optional<std::uint64_t> rss_start{}; ///< KiB, as the next two.
        std::optional<std::uint64_t> rss_peak{};  ///< Highest since the start; else, without root, ever.
        std::optional<std::uint64_t> rss_end{};
    };

    /// What it has cost since the meter was made.
    [[nodiscard]] reading read() const;

private:
    std::optional<pid_t> server_;
    std::optional<std::uint64_t> rss_start_;
    double server_start_ = 0;
    double client_start_ = 0;
    double began_ = 0;
};

} // namespace tug::bench
