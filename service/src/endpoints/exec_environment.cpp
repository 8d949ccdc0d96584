#include "endpoints/exec_environment.hpp"

#include "auth/command_rules.hpp"

#include "process/spawn_lookup.hpp"

#include <fmt/ranges.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <string_view>
#include <utility>

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

std::optional<std::vector<std::string>> search_in_of(const key_rules* rules, uid_t uid) {
    if (!rules || rules->argv0.empty()) return std::nullopt;
    const char* own = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe): no thread changes it
    return absolute_entries(own ? own : usual_path(uid));
}

std::vector<std::string> environment_of(const proto::exec_params& params, const key_rules* rules, const account& user,
                                        bool another) {
    std::map<std::string, std::string, std::less<>> all;
    const auto set = [&](const std::string& name, const std::string& value) {
        if (value.empty())
            all.erase(name);
        else
            all.insert_or_assign(name, value);
    };
    if (!params.clear_env) {
        all = inherited();
        const std::pair<std::string, std::string> of_user[] = {{"HOME", user.home.empty() ? "/" : user.home},
                                                               {"USER", user.name},
                                                               {"LOGNAME", user.name},
                                                               {"SHELL", user.shell}};
        for (const auto& [name, value] : of_user)
            if (another || !all.contains(name)) set(name, value);
        all.emplace(path_variable, usual_path(user.uid)); // where there is none
        if (const auto directories = search_in_of(rules, user.uid))
            set(std::string(path_variable), fmt::format("{}", fmt::join(*directories, ":")));
    }
    if (params.pty) all.insert_or_assign("TERM", params.pty->term);
    for (const auto& [name, value] : params.env) all.insert_or_assign(name, value);
    std::vector<std::string> out;
    out.reserve(all.size());
    for (const auto& [name, value] : all) out.push_back(name + "=" + value);
    return out;
}

} // namespace tug::service
