#include "endpoints/exec_limits.hpp"

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

} // namespace tug::service
