#include "auth/key_fields.hpp"

#include "auth/command_rules.hpp"
#include <tug/os/path_text.hpp>

#include <algorithm>

namespace tug::service {

namespace {

std::string add_root(key_rules& to, std::string_view value) {
    if (!to.root.empty()) return "has root= twice";
    if (!value.starts_with('/')) return "has a root= that does not begin with /; it is a path below the root of tugd";
    if (const auto ok = os::check_path(value); !ok) return "has a root= that is no path: " + ok.error().message;
    to.root = value;
    return {};
}

std::string add_argv0(key_rules& to, std::string_view value) {
    // A relative path would name a file in the cwd, which the client chooses.
    if (value.find('/') != std::string_view::npos && !is_plain_path(value))
        return "has an argv0= that is neither a name nor a path that begins with / and has no empty, . and .. in it";
    to.argv0.emplace_back(value);
    return {};
}

std::string add_env(key_rules& to, std::string_view value) {
    if (value.find('=') != std::string_view::npos) return "has an env= with a value; it takes the name alone";
    if (value == path_variable) return "has env=PATH; PATH is always that of tugd where argv0= stands";
    to.env.emplace_back(value);
    return {};
}

std::string add_jobs(key_rules& to, std::string_view value) {
    if (value != "all") return "has a jobs= that is not all";
    to.all_jobs = true;
    return {};
}

bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
}

} // namespace

std::string add_field(key_rules& to, std::string_view field) {
    const auto equals = std::min(field.find('='), field.size());
    const auto name = field.substr(0, equals);
    const auto value = field.substr(std::min(equals + 1, field.size()));
    if (equals == field.size() || (name != "root" && name != "argv0" && name != "env" && name != "jobs"))
        return "has a field that is none of root=, argv0=, env= and jobs=";
    if (value.empty()) return "has an empty " + std::string(name) + "=";
    if (std::ranges::any_of(value, is_control)) return "has a control character in " + std::string(name) + "=";
    if (name == "root") return add_root(to, value);
    if (name == "argv0") return add_argv0(to, value);
    if (name == "jobs") return add_jobs(to, value);
    return add_env(to, value);
}

std::string wrong_together(const key_entry& entry) {
    if (!entry.rules.argv0.empty() && !entry.allowed.has(permission::exec)) return "has argv0= without exec";
    if (!entry.rules.env.empty() && entry.rules.argv0.empty())
        return "has env= without argv0=; who may start every program may set every variable";
    return {};
}

} // namespace tug::service
