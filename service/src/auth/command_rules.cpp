#include "auth/command_rules.hpp"

#include "process/spawn_lookup.hpp"
#include <tug/os/path_text.hpp>

#include <fnmatch.h>

#include <algorithm>
#include <utility>

namespace tug::service {

namespace {

// What a shell does: a wildcard matches neither a slash nor the dot of a hidden name.
bool matches(const std::string& pattern, const std::string& text) {
    return ::fnmatch(pattern.c_str(), text.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0;
}

bool matches_any(const std::vector<std::string>& patterns, const std::string& text) {
    return std::ranges::any_of(patterns, [&](const std::string& p) { return matches(p, text); });
}

proto::failure denied(std::string message) {
    proto::failure why(proto::errc::permission_denied, std::move(message));
    why.need = name_of(permission::exec);
    return why;
}

proto::failure program_denied(const caller& who, const std::string& program, std::string_view run_by) {
    const auto name = os::quoted_start(program);
    std::string text = "the key " + os::quoted_start(who.key_id) + " may not start " + name;
    if (!run_by.empty()) text.append(", which `").append(run_by).append("` is run by");
    text += ": no argv0= of its line in the server's key file matches; argv0= with that text would allow it";
    if (program.find('/') != std::string::npos && !is_plain_path(program))
        text = "the key " + os::quoted_start(who.key_id) + " may not start " + name +
               ": its line has argv0=, and so a path must begin with / and have no empty, . and .. in it";
    return denied(std::move(text));
}

} // namespace

bool is_plain_path(std::string_view path) noexcept {
    if (!path.starts_with('/')) return false;
    while (!path.empty()) {
        path.remove_prefix(1);
        const auto name = path.substr(0, path.find('/'));
        if (name.empty() || name == "." || name == "..") return false;
        path.remove_prefix(name.size());
    }
    return true;
}

bool allows_program(const key_rules& rules, const std::string& argv0) {
    if (rules.argv0.empty()) return true;
    if (argv0.empty() || (argv0.find('/') != std::string::npos && !is_plain_path(argv0))) return false;
    return matches_any(rules.argv0, argv0);
}

bool allows_variable(const key_rules& rules, const std::string& name) {
    constexpr std::string_view of_the_loader = "LD_";
    return std::ranges::any_of(rules.env, [&](const std::string& pattern) {
        return matches(pattern, name) && (!name.starts_with(of_the_loader) || pattern.starts_with(of_the_loader));
    });
}

std::optional<proto::failure> refuse_command(const caller& who, const proto::exec_params& params) {
    if (!who.rules || who.rules->argv0.empty()) return std::nullopt;
    const std::string program = params.login ? std::string() : params.shell ? "/bin/sh" : params.argv.front();
    if (!params.login && !allows_program(*who.rules, program))
        return program_denied(who, program, params.shell ? "shell" : "");
    for (const auto& [name, value] : params.env) {
        if (name == path_variable)
            return denied("the key " + os::quoted_start(who.key_id) +
                          " may not set PATH: its line has argv0=, and then it is always that of tugd");
        if (!allows_variable(*who.rules, name))
            return denied("the key " + os::quoted_start(who.key_id) + " may not set the variable " +
                          os::quoted_start(name) +
                          ": its line in the server's key file has argv0=, and no env= that matches");
    }
    return std::nullopt;
}

std::optional<proto::failure> refuse_login_shell(const caller& who, const std::string& shell) {
    if (!who.rules || allows_program(*who.rules, shell)) return std::nullopt;
    return program_denied(who, shell, "login");
}

std::optional<proto::failure> refuse_user(const caller& who, const std::string& user, bool as_set) {
    if (!who.rules) {
        if (!as_set) return std::nullopt;
        return denied("commands may not run as " + os::quoted_start(user) +
                      ": --exec-user of tugd says as whom, and only a key with user= may change that");
    }
    if (matches_any(who.rules->users, user)) return std::nullopt;
    return denied("the key " + os::quoted_start(who.key_id) + " may not run commands as " + os::quoted_start(user) +
                  ": no user= of its line in the server's key file matches; user= with that text would allow it");
}

std::vector<std::string> absolute_entries(std::string_view path) {
    auto entries = path_entries(path);
    std::erase_if(entries, [](const std::string& entry) { return !entry.starts_with('/'); });
    return entries;
}

} // namespace tug::service
