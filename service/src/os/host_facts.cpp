#include "os/host_facts.hpp"

#include <tug/os/errno.hpp>
#include <tug/proto/limits.hpp>

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <thread>

namespace tug::service {

namespace {

/// What stands behind NAME= in a line that has quotes around it or not, as a shell would read it.
std::string unquoted(std::string_view text) {
    std::string out;
    const char quote = !text.empty() && (text.front() == '"' || text.front() == '\'') ? text.front() : '\0';
    for (std::size_t i = quote != '\0' ? 1 : 0; i < text.size() && text[i] != quote; ++i) {
        if (text[i] == '\\' && quote != '\'' && i + 1 < text.size()) ++i;
        out += text[i];
    }
    return out;
}

std::uint64_t usable_cores() {
    cpu_set_t set;
    CPU_ZERO(&set);
    // A host of more than 1,024 cores does not fit into the set.
    if (::sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<std::uint64_t>(CPU_COUNT(&set));
    return std::thread::hardware_concurrency();
}

proto::load_figures load_averages() {
    std::array<double, 3> found{};
    if (::getloadavg(found.data(), static_cast<int>(found.size())) != static_cast<int>(found.size())) return {};
    const auto hundredths = [](double load) { return static_cast<std::uint64_t>(std::llround(load * 100)); };
    return {hundredths(found[0]), hundredths(found[1]), hundredths(found[2])};
}

proto::memory_figures memory_of_host() {
    proto::memory_figures out;
    std::ifstream in("/proc/meminfo");
    std::string name;
    std::uint64_t kilobytes = 0;
    std::string rest;
    while (in >> name >> kilobytes && std::getline(in, rest)) {
        if (name == "MemTotal:") out.total_bytes = kilobytes * 1024;
        if (name == "MemAvailable:") out.available_bytes = kilobytes * 1024;
    }
    return out;
}

} // namespace

std::string name_in_os_release(const std::string& file) {
    constexpr std::string_view wanted = "PRETTY_NAME=";
    std::ifstream in(file);
    std::string line;
    while (std::getline(in, line))
        if (line.starts_with(wanted)) return unquoted(std::string_view(line).substr(wanted.size()));
    return {};
}

host_facts facts_of_host() {
    host_facts out;
    utsname names{};
    if (::uname(&names) == 0) {
        out.hostname = names.nodename;
        out.kernel = std::string(names.sysname) + " " + names.release;
        out.arch = names.machine;
    }
    for (const auto* file : {"/etc/os-release", "/usr/lib/os-release"})
        if (out.os.empty()) out.os = name_in_os_release(file);
    if (out.os.empty()) out.os = names.sysname;
    out.cores = usable_cores();
    out.load = load_averages();
    out.memory = memory_of_host();
    return out;
}

proto::directory_figures figures_of_directory(int fd) {
    proto::directory_figures out;
    struct statvfs fs{};
    if (::fstatvfs(fd, &fs) != 0) {
        out.error = os::errno_name(errno);
        return out;
    }
    const auto bytes = [&](std::uint64_t blocks) { return std::min(blocks * fs.f_frsize, proto::max_integer); };
    const auto count = [](std::uint64_t n) { return std::min(n, proto::max_integer); };
    out.writable = ::faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) == 0;
    out.total_bytes = bytes(fs.f_blocks);
    out.available_bytes = bytes(fs.f_bavail);
    out.files_total = count(fs.f_files);
    out.files_free = count(fs.f_favail);
    return out;
}

proto::usage_figures descriptor_usage() {
    proto::usage_figures out;
    std::error_code ec;
    const std::filesystem::directory_iterator all("/proc/self/fd", ec);
    if (!ec) out.used = static_cast<std::uint64_t>(std::distance(begin(all), end(all))) - 1; // that of the directory
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
        out.allowed = std::min<std::uint64_t>(limit.rlim_cur, proto::max_integer);
    return out;
}

} // namespace tug::service
