#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace tug::test {

/// Looks at a condition of which no event tells, again and again, until it holds. False where it does not within
/// `most`.
[[nodiscard]] bool eventually(const std::function<bool()>& condition,
                              std::chrono::milliseconds most = std::chrono::seconds(20));

/// The arguments of a process, each ended by a zero byte: those before or those behind an execve(2) that goes on
/// meanwhile. Empty where it has ended.
[[nodiscard]] std::string arguments_of(pid_t pid);

/// Processes that have this text in one of their arguments: commands are marked by an argument of their own.
[[nodiscard]] std::vector<pid_t> processes_with(std::string_view argument);

/// A number of seconds for `sleep` that no other process has: the mark of a command that sleeps.
[[nodiscard]] std::string sleep_mark();

/// Children of the process that have ended and were not waited for.
[[nodiscard]] std::size_t zombies_of(pid_t parent);

/// How many threads it has.
[[nodiscard]] std::size_t threads_of(pid_t pid);

/// A line of /proc/PID/status in bytes, e.g. "VmHWM": the most memory that the process ever had.
[[nodiscard]] std::uint64_t memory_of(pid_t pid, std::string_view line);

/// User and system time of all its threads so far.
[[nodiscard]] std::chrono::milliseconds cpu_time_of(pid_t pid);

/// The value behind `name` in a text of lines "name: value", such as /proc/PID/status.
[[nodiscard]] std::string value_of(std::string_view name, std::string_view text);

} // namespace tug::test
