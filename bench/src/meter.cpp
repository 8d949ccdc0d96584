#include "meter.hpp"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string>
#include <system_error>

namespace tug::bench {

namespace {

double to_seconds(const timespec& t) noexcept {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

double read_clock(clockid_t clock) {
    timespec t{};
    if (::clock_gettime(clock, &t) != 0) throw std::system_error(errno, std::generic_category(), "clock_gettime");
    return to_seconds(t);
}

/// Makes VmHWM begin again at VmRSS. Only root may; without it the peak is that of the whole life.
void forget_peak(pid_t pid) {
    std::ofstream("/proc/" + std::to_string(pid) + "/clear_refs") << "5\n";
}

} // namespace

double now_seconds() noexcept {
    return static_cast<double>(now_ns()) * 1e-9;
}

std::uint64_t now_ns() noexcept {
    timespec t{};
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(t.tv_nsec);
}

double cpu_seconds(pid_t pid) {
    clockid_t clock{};
    if (const int failed = ::clock_getcpuclockid(pid, &clock); failed != 0)
        throw std::system_error(failed, std::generic_category(), "the CPU clock of process " + std::to_string(pid));
    return read_clock(clock);
}

double own_cpu_seconds() noexcept {
    timespec t{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return to_seconds(t);
}

std::optional<std::uint64_t> memory_kib(pid_t pid, const char* name) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(name) && line[std::strlen(name)] == ':')
            return std::stoull(line.substr(std::strlen(name) + 1));
    return std::nullopt;
}

meter::meter(std::optional<pid_t> server) : server_(server) {
    if (server_) {
        forget_peak(*server_);
        rss_start_ = memory_kib(*server_, "VmRSS");
        server_start_ = cpu_seconds(*server_);
    }
    client_start_ = own_cpu_seconds();
    began_ = now_seconds();
}

meter::reading meter::read() const {
    reading out;
    out.seconds = now_seconds() - began_;
    out.client_cpu = own_cpu_seconds() - client_start_;
    if (server_) {
        out.server_cpu = cpu_seconds(*server_) - server_start_;
        out.rss_start = rss_start_;
        out.rss_peak = memory_kib(*server_, "VmHWM");
        out.rss_end = memory_kib(*server_, "VmRSS");
    }
    return out;
}

} // namespace tug::bench
