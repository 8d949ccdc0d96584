#include "service_manager.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <utility>

namespace tug::service {

namespace {

/// The first descriptor that a manager passes: SD_LISTEN_FDS_START.
constexpr int first_passed = 3;

/// The variable, which is there no longer. Empty where it was not.
std::string take_variable(const char* name) {
    const char* value = std::getenv(name);
    std::string out = value ? value : "";
    ::unsetenv(name);
    return out;
}

std::optional<std::uint64_t> number_in(std::string_view text) {
    std::uint64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return out;
}

/// Whether the variables are meant for this process, not for the one that started it.
bool meant_for_us(const std::string& pid) {
    return number_in(pid) == static_cast<std::uint64_t>(::getpid());
}

std::uint64_t monotonic_us() {
    timespec t{};
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000U + static_cast<std::uint64_t>(t.tv_nsec) / 1'000U;
}

} // namespace

std::vector<os::unique_fd> take_passed_sockets() {
    const auto pid = take_variable("LISTEN_PID");
    const auto count = number_in(take_variable("LISTEN_FDS"));
    take_variable("LISTEN_FDNAMES");
    std::vector<os::unique_fd> out;
    if (!meant_for_us(pid) || !count) return out;
    for (int fd = first_passed; out.size() < *count && ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0; ++fd)
        out.emplace_back(fd);
    return out;
}

service_manager::service_manager() {
    auto where = take_variable("NOTIFY_SOCKET");
    const auto watched = number_in(take_variable("WATCHDOG_USEC"));
    const auto pid = take_variable("WATCHDOG_PID");
    if (where.size() < 2 || where.size() >= sizeof(sockaddr_un::sun_path)) return;
    if (where.front() != '/' && where.front() != '@') return;
    if (where.front() == '@') where.front() = '\0';
    address_ = std::move(where);
    // No call waits for a manager that does not read.
    socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (watched && *watched > 1 && (pid.empty() || meant_for_us(pid)))
        interval_ = std::chrono::microseconds(*watched / 2);
}

void service_manager::ready(const std::string& status) {
    tell("READY=1\nSTATUS=" + status);
}

void service_manager::reloading() {
    tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_us()) + "\nSTATUS=reading keys and certificates");
}

void service_manager::stopping(const std::string& status) {
    tell("STOPPING=1\nSTATUS=" + status);
}

void service_manager::alive() {
    tell("WATCHDOG=1");
}

void service_manager::tell(const std::string& lines) {
    if (!socket_) return;
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    address_.copy(to.sun_path, address_.size());
    const auto size = offsetof(sockaddr_un, sun_path) + address_.size();
    static_cast<void>(::sendto(socket_.get(), lines.data(), lines.size(), MSG_NOSIGNAL,
                               reinterpret_cast<const sockaddr*>(&to), static_cast<socklen_t>(size)));
}

} // namespace tug::service
