#include "spawn_lookup.hpp"

#include "spawn.hpp"

#include <unistd.h>

#include <climits>

namespace tug::service {

std::string_view usual_path(uid_t uid) noexcept {
    return uid == 0 ? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
                    : "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";
}

std::string_view path_of(const exec_strings& env, uid_t uid) {
    constexpr std::string_view name = "PATH=";
    for (const auto entry : env.all()) {
        if (entry.starts_with(name)) return entry.substr(name.size());
    }
    return usual_path(uid);
}

std::vector<std::string> path_entries(std::string_view path) {
    std::vector<std::string> entries;
    for (;;) {
        const auto end = path.find(':');
        entries.emplace_back(path.substr(0, end));
        if (end == std::string_view::npos) return entries;
        path.remove_prefix(end + 1);
    }
}

std::vector<std::string> program_candidates(const std::string& name, const std::vector<std::string>& directories) {
    if (name.empty()) return {};
    if (name.find('/') != std::string::npos) return {name};
    std::vector<std::string> candidates;
    for (auto file : directories) {
        if (!file.empty()) file += '/';
        file += name;
        if (file.size() < PATH_MAX) candidates.push_back(std::move(file));
    }
    return candidates;
}

std::vector<std::string> candidates_of(const spawn_request& request) {
    if (request.program) return {*request.program};
    const auto& name = request.argv.front();
    if (request.search_in || name.find('/') != std::string::npos) // then no directory matters
        return program_candidates(name, request.search_in.value_or(std::vector<std::string>()));
    const auto uid = request.run_as ? request.run_as->uid : ::geteuid();
    return program_candidates(name, path_entries(path_of(request.env, uid)));
}

} // namespace tug::service
