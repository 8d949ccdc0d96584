#include "auth/rules_told.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tug::service {

std::vector<std::string> rules_told(const key_rules& rules) {
    std::vector<std::string> out;
    const auto all = [&](std::string_view name, const std::vector<std::string>& values) {
        for (const auto& value : values) out.push_back(std::string(name) + "=" + value);
    };
    const auto limit = [&](std::string_view name, const std::optional<std::uint64_t>& most) {
        if (most) out.push_back(std::string(name) + "=" + std::to_string(*most));
    };
    if (!rules.root.empty()) out.emplace_back("root");
    all("argv0", rules.argv0);
    all("env", rules.env);
    if (rules.all_jobs) out.emplace_back("jobs=all");
    all("user", rules.users);
    all("connect", rules.connect);
    all("listen", rules.listen);
    limit("memory", rules.most.memory_bytes);
    limit("processes", rules.most.processes);
    if (rules.most.cpu_ms) limit("cpu", *rules.most.cpu_ms / 1000);
    if (rules.record != recorded::nothing)
        out.emplace_back(rules.record == recorded::input ? "record=input" : "record");
    return out;
}

} // namespace tug::service
