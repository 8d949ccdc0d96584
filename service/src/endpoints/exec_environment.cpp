#include "endpoints/exec_environment.hpp"

#include "auth/command_rules.hpp"

#include "process/spawn_lookup.hpp"

#include <boost/container/flat_map.hpp>
#include <boost/container/small_vector.hpp>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace tug::service {

namespace {

/// Views of names and values that are elsewhere: of the dozens that a command inherits nothing is copied before it is
/// put together. As many as there mostly are have room in the map itself.
using variables = boost::container::small_flat_map<std::string_view, std::string_view, 64>;

variables inherited() {
    variables out;
    for (char** at = environ; at && *at; ++at) {
        const std::string_view entry(*at);
        const auto equals = entry.find('=');
        if (equals == std::string_view::npos || entry.starts_with("TUG_")) continue;
        out.emplace(entry.substr(0, equals), entry.substr(equals + 1)); // of two the first one counts, as for getenv
    }
    return out;
}

exec_strings put_together(const variables& all) {
    exec_strings out;
    std::size_t bytes = 0;
    for (const auto& [name, value] : all) bytes += name.size() + value.size() + std::size_t{2};
    out.reserve(bytes);
    for (const auto& [name, value] : all) out.add({name, "=", value});
    return out;
}

} // namespace

std::optional<std::vector<std::string>> search_in_of(const key_rules* rules, uid_t uid) {
    if (!rules || rules->argv0.empty()) return std::nullopt;
    const char* own = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe): no thread changes it
    return absolute_entries(own ? own : usual_path(uid));
}

exec_strings environment_of(const proto::exec_params& params, const key_rules* rules, const account& user,
                            bool another) {
    variables all;
    std::string path; // what `all` has a view of
    const auto set = [&](std::string_view name, std::string_view value) {
        if (value.empty())
            all.erase(name);
        else
            all.insert_or_assign(name, value);
    };
    if (!params.clear_env) {
        all = inherited();
        const std::pair<std::string_view, std::string_view> of_user[] = {
            {"HOME", user.home.empty() ? std::string_view("/") : user.home},
            {"USER", user.name},
            {"LOGNAME", user.name},
            {"SHELL", user.shell}};
        for (const auto& [name, value] : of_user)
            if (another || !all.contains(name)) set(name, value);
        all.emplace(path_variable, usual_path(user.uid)); // where there is none
        if (const auto directories = search_in_of(rules, user.uid)) {
            path = fmt::format("{}", fmt::join(*directories, ":"));
            set(path_variable, path);
        }
    }
    if (params.pty) all.insert_or_assign("TERM", params.pty->term);
    for (const auto& [name, value] : params.env) all.insert_or_assign(name, value);
    return put_together(all);
}

} // namespace tug::service
