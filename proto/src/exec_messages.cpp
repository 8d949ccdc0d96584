#include "tug/proto/exec_messages.hpp"

#include "tug/proto/bytes.hpp"
#include "tug/proto/member_reader.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tug::proto {

namespace json = boost::json;

namespace {

constexpr std::array reasons{
    std::pair{exec_reason::exited, std::string_view("exited")},
    std::pair{exec_reason::signaled, std::string_view("signaled")},
    std::pair{exec_reason::timed_out, std::string_view("timed_out")},
    std::pair{exec_reason::cancelled, std::string_view("cancelled")},
    std::pair{exec_reason::output_limit, std::string_view("output_limit")},
};

void take_variable(member_reader& in, std::optional<std::string> name, const json::value& raw,
                   std::map<std::string, std::string>& env) {
    auto value = bytes_from_json(raw);
    if (!name || name->empty() || name->find_first_of(std::string_view("=\0", 2)) != std::string::npos)
        return in.fail("env", "has a name that is empty, holds '=' or NUL, or is no text");
    if (!value || value->find('\0') != std::string::npos)
        return in.fail("env", "has a value that holds NUL or is neither a string nor {\"base64\":\"…\"}");
    if (!env.emplace(std::move(*name), std::move(*value)).second) in.fail("env", "has a name twice");
}

void read_env(member_reader& in, std::size_t most, std::map<std::string, std::string>& env) {
    const auto* v = in.any("env");
    if (!v) return;
    const auto* o = v->if_object();
    const auto* pairs = v->if_array();
    if (!o && !pairs) return in.fail("env", "is neither an object nor an array of [name, value]");
    if ((o ? o->size() : pairs->size()) > most)
        return in.fail("env", "has more than " + std::to_string(most) + " variables; --max-env of tugd allows more");
    const auto take = [&](std::optional<std::string> name, const json::value& value) {
        if (!in.failed()) take_variable(in, std::move(name), value, env);
    };
    if (o)
        for (const auto& member : *o) take(std::string(member.key()), member.value());
    else
        for (const auto& item : *pairs) {
            const auto* pair = item.if_array();
            if (!pair || pair->size() != 2) return in.fail("env", "has an item that is not [name, value]");
            take(bytes_from_json(pair->front()), pair->back());
        }
}

/// An object, unless a name is no UTF-8: then pairs.
json::value env_to_json(const std::map<std::string, std::string>& env) {
    if (std::ranges::all_of(env, [](const auto& one) { return is_utf8(one.first); })) {
        json::object out;
        for (const auto& [name, value] : env) out[name] = bytes_to_json(value);
        return out;
    }
    json::array out;
    for (const auto& [name, value] : env) out.push_back(json::array{bytes_to_json(name), bytes_to_json(value)});
    return out;
}

json::object to_json(const stream_summary& s) {
    return {{"bytes", s.bytes}, {"digest", s.digest}};
}

std::optional<stream_summary> read_summary(member_reader& in, std::string_view name) {
    const auto* o = in.object(name);
    if (!o) return std::nullopt;
    stream_summary out;
    member_reader members(*o);
    out.bytes = members.required("bytes", members.count("bytes"));
    out.digest = members.required("digest", members.text("digest"));
    if (members.finish_lenient()) in.fail(name, "is no summary of a stream");
    return out;
}

resource_usage read_usage(member_reader& in) {
    resource_usage out;
    const auto* o = in.object("usage");
    if (!o) return in.fail("usage", "is missing"), out;
    member_reader members(*o);
    out.user_us = members.required("user_us", members.count("user_us"));
    out.system_us = members.required("system_us", members.count("system_us"));
    out.max_rss_bytes = members.required("max_rss_bytes", members.count("max_rss_bytes"));
    if (members.finish_lenient()) in.fail("usage", "is incomplete");
    return out;
}

} // namespace

std::string_view name_of(exec_reason reason) noexcept {
    for (const auto& [value, name] : reasons)
        if (value == reason) return name;
    return "";
}

std::optional<exec_reason> exec_reason_from_name(std::string_view name) noexcept {
    for (const auto& [value, text] : reasons)
        if (text == name) return value;
    return std::nullopt;
}

std::string_view name_of(containment by) noexcept {
    return by == containment::cgroup ? "cgroup" : "session";
}

json::object exec_params::to_json() const {
    json::object out;
    if (shell)
        out["shell"] = bytes_to_json(*shell);
    else
        for (auto& items = out["argv"].emplace_array(); const auto& item : argv) items.push_back(bytes_to_json(item));
    if (cwd) out["cwd"] = bytes_to_json(*cwd);
    if (!env.empty()) out["env"] = env_to_json(env);
    if (clear_env) out["clear_env"] = true;
    if (with_stdin) out["stdin"] = true;
    if (output_limit) out["output_limit"] = *output_limit;
    if (keep_children) out["keep_children"] = true;
    if (merge) out["merge"] = true;
    if (grace_ms) out["grace_ms"] = *grace_ms;
    if (timeout_ms) out["timeout_ms"] = *timeout_ms;
    return out;
}

result<exec_params> exec_params::parse(const json::object& params, const exec_limits& most) {
    member_reader in(params);
    exec_params out;
    auto argv = in.byte_strings("argv", most.argv);
    out.shell = in.bytes("shell");
    if (!in.failed() && argv.has_value() == out.shell.has_value())
        in.fail(argv ? "shell" : "argv", "- exactly one of argv and shell must be given");
    if (argv) out.argv = std::move(*argv);
    out.cwd = in.bytes("cwd");
    if (out.cwd && (out.cwd->empty() || out.cwd->size() > max_path)) in.fail("cwd", "is not 1 to 4095 bytes long");
    read_env(in, most.env, out.env);
    out.clear_env = in.flag("clear_env").value_or(false);
    out.with_stdin = in.flag("stdin").value_or(false);
    if (in.any("pty")) in.fail("pty", "is not supported by this version of tugd; leave it out");
    out.output_limit = in.count("output_limit");
    out.keep_children = in.flag("keep_children").value_or(false);
    out.merge = in.flag("merge").value_or(false);
    out.grace_ms = in.count("grace_ms", 0, max_grace_ms);
    out.timeout_ms = in.count("timeout_ms", 1, max_timeout_ms);
    if (auto wrong = in.finish()) return std::move(*wrong);
    return out;
}

json::object exec_result::to_json() const {
    json::object out;
    out["reason"] = name_of(reason);
    if (exit_code) out["exit_code"] = *exit_code;
    if (signal) out["signal"] = *signal;
    out["stdout"] = proto::to_json(standard_output);
    if (standard_error) out["stderr"] = proto::to_json(*standard_error);
    out["usage"] = json::object{
        {"user_us", usage.user_us}, {"system_us", usage.system_us}, {"max_rss_bytes", usage.max_rss_bytes}};
    out["wall_us"] = wall_us;
    if (contained_by) out["containment"] = name_of(*contained_by);
    if (survivors) out["survivors"] = *survivors;
    return out;
}

result<exec_result> exec_result::parse(const json::object& from) {
    member_reader in(from);
    exec_result out;
    const auto reason = exec_reason_from_name(in.required("reason", in.text("reason")));
    if (!reason) in.fail("reason", "is unknown");
    out.reason = reason.value_or(exec_reason::exited);
    if (const auto code = in.count("exit_code", 0, 255)) out.exit_code = static_cast<int>(*code);
    out.signal = in.text("signal");
    if (out.exit_code.has_value() == out.signal.has_value()) in.fail("signal", "or exit_code must be there, not both");
    out.standard_output = in.required("stdout", read_summary(in, "stdout"));
    out.standard_error = read_summary(in, "stderr");
    out.usage = read_usage(in);
    out.wall_us = in.required("wall_us", in.count("wall_us"));
    const auto by = in.text("containment"); // an older server says neither of these two
    for (const auto known : {containment::session, containment::cgroup})
        if (by == name_of(known)) out.contained_by = known;
    out.survivors = in.count("survivors");
    if (auto wrong = in.finish_lenient()) return std::move(*wrong);
    return out;
}

} // namespace tug::proto
