#include "process/resource_limits.hpp"

#include <sys/resource.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tug::service {

namespace {

proto::failure cannot(std::string_view what, std::string_view controller) {
    return {proto::errc::unsupported,
            std::string("tugd cannot hold a command to a limit of ").append(what) +
                ": for that it needs a directory of cgroup v2 (--cgroup) in which it may enable the controller " +
                std::string(controller)};
}

/// Has the cgroup of the command hold all of its processes together to theirs: memory and number.
proto::result<void> limit_together(const cgroup* group, const proto::resource_limits& to) {
    const auto set = [&](const char* file, std::uint64_t most) {
        return group != nullptr && group->set(file, std::to_string(most));
    };
    if (to.memory_bytes) {
        if (!set("memory.max", *to.memory_bytes)) return cannot("memory", "memory");
        static_cast<void>(set("memory.swap.max", 0));  // not there without swap
        static_cast<void>(set("memory.oom.group", 1)); // what is too large ends as a whole
    }
    if (to.processes && !set("pids.max", *to.processes)) return cannot("processes", "pids");
    return {};
}

} // namespace

void limit_each(spawn_request& request, const proto::resource_limits& to) {
    const auto add = [&](int resource, std::optional<std::uint64_t> most, rlim_t beyond = 0) {
        if (most) request.limits.push_back({resource, {*most, *most + beyond}});
    };
    constexpr std::uint64_t second = 1000;
    // The kernel counts seconds. At the first limit it sends SIGXCPU, and SIGKILL to who lives on.
    if (to.cpu_ms) add(RLIMIT_CPU, (*to.cpu_ms + second - 1) / second, 1);
    add(RLIMIT_NOFILE, to.open_files);
    add(RLIMIT_FSIZE, to.file_bytes);
    if (to.nice) request.nice = static_cast<int>(*to.nice);
}

proto::result<spawned> spawn_within(spawner& processes, const spawn_request& request, const cgroup* group,
                                    const proto::resource_limits& to) {
    if (const auto held = limit_together(group, to); !held) return held.error();
    auto process = processes.spawn(request);
    if (process && (to.memory_bytes || to.processes) && !process->in_cgroup())
        return proto::failure(proto::errc::unsupported,
                              "the kernel did not start the command in its cgroup, which has its limits");
    return process;
}

} // namespace tug::service
