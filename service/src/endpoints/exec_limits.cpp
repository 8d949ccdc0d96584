#include "endpoints/exec_limits.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tug::service {

namespace {

using limit = std::optional<std::uint64_t> proto::resource_limits::*;

struct shared_limit {
    std::string_view name;
    limit which;
};

/// Those that an operator can set a maximum for.
constexpr shared_limit with_maximum[] = {{"memory_bytes", &proto::resource_limits::memory_bytes},
                                         {"processes", &proto::resource_limits::processes},
                                         {"cpu_ms", &proto::resource_limits::cpu_ms}};

std::optional<std::uint64_t> lower(std::optional<std::uint64_t> a, std::optional<std::uint64_t> b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
}

proto::failure cannot(std::string_view what, std::string_view controller) {
    return {proto::errc::unsupported,
            std::string("tugd cannot hold a command to a limit of ").append(what) +
                ": for that it needs a directory of cgroup v2 (--cgroup) in which it may enable the controller " +
                std::string(controller)};
}

} // namespace

proto::result<proto::resource_limits> limits_of(const proto::resource_limits& of_server, const key_rules* rules,
                                                const proto::exec_params& params) {
    auto out = params.limits.value_or(proto::resource_limits());
    for (const auto& [name, which] : with_maximum) {
        const auto most = lower(of_server.*which, rules ? rules->most.*which : std::nullopt);
        if (!most) continue;
        if (out.*which && *(out.*which) > *most)
            return proto::failure::bad_field("limits", "asks for more " + std::string(name) + " than the " +
                                                           std::to_string(*most) + " that the operator allows");
        if (!(out.*which)) out.*which = most;
    }
    return out;
}

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

} // namespace tug::service
