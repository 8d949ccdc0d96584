#include "support/proc.hpp"

#include "support/temp_dir.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <stdexcept>

namespace fs = std::filesystem;

namespace tug::test {

namespace {

std::vector<pid_t> all_processes() {
    std::vector<pid_t> all;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const auto name = entry.path().filename().string();
        if (std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; })) all.push_back(std::stoi(name));
    }
    return all;
}

/// Empty where the process has ended.
std::string file_of(pid_t pid, const char* name) {
    try {
        return read_file("/proc/" + std::to_string(pid) + "/" + name);
    } catch (const std::exception&) {
        return {};
    }
}

/// The fields of /proc/PID/stat from the state on, which is the third.
std::vector<std::string> stat_of(pid_t pid) {
    const auto text = file_of(pid, "stat");
    const auto name_end = text.rfind(')');
    if (name_end == std::string::npos) return {};
    std::istringstream in(text.substr(name_end + 1));
    std::vector<std::string> fields;
    for (std::string field; in >> field;) fields.push_back(field);
    return fields;
}

} // namespace

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds most) {
    const auto until = std::chrono::steady_clock::now() + most;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= until) return false;
        ::poll(nullptr, 0, 5);
    }
    return true;
}

std::string arguments_of(pid_t pid) {
    // In the middle of execve(2) a process has a program and no arguments yet, until the scheduler lets it go on; one
    // without a program, a zombie or a thread of the kernel, never has any.
    constexpr std::chrono::seconds most(2); // of a process that has cleared its own
    const auto until = std::chrono::steady_clock::now() + most;
    for (;;) {
        auto arguments = file_of(pid, "cmdline");
        if (!arguments.empty()) return arguments;
        std::error_code none;
        const auto program = fs::read_symlink("/proc/" + std::to_string(pid) + "/exe", none);
        if (program.empty() || std::chrono::steady_clock::now() >= until) return {};
        ::poll(nullptr, 0, 1);
    }
}

std::vector<pid_t> processes_with(std::string_view argument) {
    std::vector<pid_t> found;
    for (const auto pid : all_processes())
        if (pid != ::getpid() && arguments_of(pid).find(argument) != std::string::npos) found.push_back(pid);
    return found;
}

std::string sleep_mark() {
    static int count = 0;
    return "1234." + std::to_string(::getpid()) + std::to_string(++count) + "7";
}

std::size_t zombies_of(pid_t parent) {
    return static_cast<std::size_t>(std::ranges::count_if(all_processes(), [&](pid_t pid) {
        const auto fields = stat_of(pid);
        return fields.size() > 1 && fields[0] == "Z" && fields[1] == std::to_string(parent);
    }));
}

std::size_t threads_of(pid_t pid) {
    return std::stoul(stat_of(pid).at(17));
}

std::uint64_t memory_of(pid_t pid, std::string_view line) {
    return std::stoull(value_of(line, file_of(pid, "status"))) * 1024;
}

std::chrono::milliseconds cpu_time_of(pid_t pid) {
    const auto fields = stat_of(pid);
    const auto ticks = std::stoll(fields.at(11)) + std::stoll(fields.at(12));
    return std::chrono::milliseconds(ticks * 1000 / ::sysconf(_SC_CLK_TCK));
}

std::string value_of(std::string_view name, std::string_view text) {
    std::istringstream in{std::string(text)};
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with(name) || line.substr(name.size(), 1) != ":") continue;
        const auto at = line.find_first_not_of(" \t", name.size() + 1);
        return at == std::string::npos ? std::string() : line.substr(at);
    }
    throw std::runtime_error("no line " + std::string(name) + " in: " + std::string(text));
}

} // namespace tug::test
