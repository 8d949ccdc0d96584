#include "auth/key_fields.hpp"

#include "auth/command_rules.hpp"
#include "auth/forward_rules.hpp"
#include <tug/os/path_text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

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

std::string add_user(key_rules& to, std::string_view value) {
    to.users.emplace_back(value);
    return {};
}

std::string add_connect(key_rules& to, std::string_view value) {
    to.connect.emplace_back(value);
    return forward_rule::parse(value) ? "" : "has a connect= that is neither HOST:PORT nor unix:PATTERN";
}

std::string add_listen(key_rules& to, std::string_view value) {
    to.listen.emplace_back(value);
    return forward_rule::parse(value) ? "" : "has a listen= that is neither HOST:PORT nor unix:PATTERN";
}

/// A number, with `units`: one of "KMG" for powers of 1024.
std::optional<std::uint64_t> number_in(std::string_view text, std::string_view units) {
    std::uint64_t number = 0;
    const auto* const begin = text.data();
    const auto* const end = begin + text.size();
    const auto parsed = std::from_chars(begin, end, number);
    if (parsed.ec != std::errc() || number == 0) return std::nullopt;
    std::size_t shift = 0;
    if (parsed.ptr != end) {
        const auto unit = units.find(*parsed.ptr);
        if (parsed.ptr + 1 != end || unit == std::string_view::npos) return std::nullopt;
        shift = 10 * (unit + 1);
    }
    if (number > proto::max_integer >> shift) return std::nullopt;
    return number << shift;
}

std::string add_memory(key_rules& to, std::string_view value) {
    to.most.memory_bytes = number_in(value, "KMG");
    return to.most.memory_bytes ? "" : "has a memory= that is no number of bytes, alone or with K, M or G";
}

std::string add_processes(key_rules& to, std::string_view value) {
    to.most.processes = number_in(value, "");
    return to.most.processes ? "" : "has a processes= that is no number from 1 on";
}

std::string add_cpu(key_rules& to, std::string_view value) {
    constexpr std::uint64_t most = 1'000'000'000;
    const auto seconds = number_in(value, "");
    if (!seconds || *seconds > most) return "has a cpu= that is no number of seconds from 1 on";
    to.most.cpu_ms = *seconds * 1000;
    return {};
}

std::string add_record(key_rules& to, std::string_view value) {
    if (value != "output" && value != "input") return "has a record= that is neither output nor input";
    to.record = value == "input" ? recorded::input : recorded::output;
    return {};
}

bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
}

struct field {
    std::string_view name;
    std::string (*add)(key_rules& to, std::string_view value);
};

constexpr std::array fields{
    field{"root", add_root},     field{"argv0", add_argv0},         field{"env", add_env},
    field{"user", add_user},     field{"jobs", add_jobs},           field{"memory", add_memory},
    field{"cpu", add_cpu},       field{"processes", add_processes}, field{"connect", add_connect},
    field{"listen", add_listen}, field{"record", add_record}};

std::string names_of_fields() {
    std::string all;
    for (const auto& one : fields)
        all.append(all.empty() ? "" : &one == &fields.back() ? " and " : ", ").append(one.name).append("=");
    return all;
}

} // namespace

std::string add_field(key_rules& to, std::string_view text) {
    if (text == "record") text = "record=output";
    const auto equals = std::min(text.find('='), text.size());
    const auto name = text.substr(0, equals);
    const auto value = text.substr(std::min(equals + 1, text.size()));
    const auto* const known = std::ranges::find(fields, name, &field::name);
    if (equals == text.size() || known == fields.end()) return "has a field that is none of " + names_of_fields();
    if (value.empty()) return "has an empty " + std::string(name) + "=";
    if (std::ranges::any_of(value, is_control)) return "has a control character in " + std::string(name) + "=";
    return known->add(to, value);
}

std::string wrong_together(const key_entry& entry) {
    if (!entry.rules.argv0.empty() && !entry.allowed.has(permission::exec)) return "has argv0= without exec";
    const auto& most = entry.rules.most;
    const bool limits = most.memory_bytes || most.processes || most.cpu_ms || entry.rules.record != recorded::nothing;
    if (limits && !entry.allowed.has(permission::exec)) return "has memory=, processes=, cpu= or record= without exec";
    if (!entry.rules.users.empty() && !entry.allowed.has(permission::exec)) return "has user= without exec";
    const bool forwards = !entry.rules.connect.empty() || !entry.rules.listen.empty();
    if (forwards && !entry.allowed.has(permission::forward)) return "has connect= or listen= without forward";
    if (!entry.rules.env.empty() && entry.rules.argv0.empty())
        return "has env= without argv0=; who may start every program may set every variable";
    return {};
}

} // namespace tug::service
