#include "log_in.hpp"
#include "report.hpp"
#include "works.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace tug::bench {

namespace {

/// Waits `ms`, forever where that is negative, or until one of the descriptors has something: for an idle connection
/// that is its end.
bool anything_within(std::vector<pollfd>& fds, int ms) {
    const int n = ::poll(fds.data(), fds.size(), ms);
    if (n < 0 && errno != EINTR) throw_errno("poll");
    return n > 0;
}

std::vector<pollfd> poll_set(const std::vector<unique_fd>& connections) {
    std::vector<pollfd> out;
    for (const auto& fd : connections) out.push_back({fd.get(), POLLIN, 0});
    return out;
}

} // namespace

void run_idle(const target& to, const idle_settings& what) {
    if (!to.pid) throw std::runtime_error("idle measures the server: give its --pid");
    raise_file_limit();
    const auto before = memory_kib(*to.pid, "VmRSS").value_or(0);
    const auto began = now_seconds();
    std::vector<unique_fd> connections;
    for (std::size_t i = 0; i < what.connections; ++i) connections.push_back(open_connection(to.address, to.key));
    const auto opened = now_seconds() - began;
    auto fds = poll_set(connections);
    const meter used(to.pid);
    if (anything_within(fds, what.hold ? 0 : static_cast<int>(what.seconds * 1000)))
        throw std::runtime_error("the server said something to an idle connection, or closed it");
    const auto cost = used.read();
    const auto after = memory_kib(*to.pid, "VmRSS").value_or(0);
    const auto each =
        (static_cast<double>(after) - static_cast<double>(before)) / static_cast<double>(what.connections);
    report line("idle");
    line.add("connections", std::uint64_t{what.connections}).add("open_s", opened);
    line.add("kib_each", each).add("cpu_percent", 100.0 * cost.server_cpu.value_or(0) / cost.seconds);
    line.add("rss_before_kib", before).add("rss_after_kib", after).print();
    if (!what.hold) return;
    fds.push_back({STDIN_FILENO, POLLIN, 0});
    while (!anything_within(fds, -1)) {
    }
    if ((fds.back().revents) == 0) throw std::runtime_error("the server closed an idle connection");
}

} // namespace tug::bench
