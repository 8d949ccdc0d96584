#include "endpoints/exec_environment.hpp"

#include "auth/command_rules.hpp"

#include "process/spawn.hpp"

#include <unistd.h>

#include <cstdlib>
#include <map>
#include <string_view>

namespace tug::service {

namespace {

std::map<std::string, std::string, std::less<>> inherited() {
    std::map<std::string, std::string, std::less<>> out;
    for (char** at = environ; at && *at; ++at) {
        const std::string_view entry(*at);
        const auto equals = entry.find('=');
        if (equals == std::string_view::npos || entry.starts_with("TUG_")) continue;
        out.emplace(entry.substr(0, equals), entry.substr(equals + 1)); // of two the first one counts, as for getenv
    }
    return out;
}

} // namespace

std::optional<std::string> search_path_of(const key_rules* rules) {
    if (!rules || rules->argv0.empty()) return std::nullopt;
    const char* own = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe): nobody changes it
    return own ? absolute_entries(own) : std::string(default_path);
}

std::vector<std::string> environment_of(const proto::exec_params& params, const key_rules* rules,
                                        const account* runs_as) {
    std::map<std::string, std::string, std::less<>> all;
    const auto set = [&](const std::string& name, const std::string& value) {
        if (value.empty())
            all.erase(name);
        else
            all.insert_or_assign(name, value);
    };
    if (!params.clear_env) {
        all = inherited();
        if (runs_as) {
            set("HOME", runs_as->home.empty() ? "/" : runs_as->home);
            set("USER", runs_as->name);
            set("LOGNAME", runs_as->name);
            set("SHELL", runs_as->shell);
        }
        if (const auto path = search_path_of(rules); path && all.contains(path_variable))
            set(std::string(path_variable), *path);
    }
    for (const auto& [name, value] : params.env) all.insert_or_assign(name, value);
    std::vector<std::string> out;
    out.reserve(all.size());
    for (const auto& [name, value] : all) out.push_back(name + "=" + value);
    return out;
}

} // namespace tug::service
