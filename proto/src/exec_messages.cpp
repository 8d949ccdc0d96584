#include "tug/proto/exec_messages.hpp"

#include "tug/proto/member_reader.hpp"

#include <boost/json/array.hpp>

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

void read_env(member_reader& in, std::size_t most, std::map<std::string, std::string>& env) {
    const auto* o = in.object("env");
    if (!o) return;
    if (o->size() > most) return in.fail("env", "has more than " + std::to_string(most) + " members");
    for (const auto& member : *o) {
        const std::string_view name = member.key();
        const auto* value = member.value().if_string();
        if (name.empty() || name.find('=') != std::string_view::npos || name.find('\0') != std::string_view::npos)
            return in.fail("env", "has a name that is empty or holds '=' or NUL");
        if (!value || value->find('\0') != json::string::npos)
            return in.fail("env", "has a value that is no string without NUL");
        env.emplace(name, *value);
    }
}

json::object to_json(const stream_summary& s) {
    return {{"bytes", s.bytes}, {"digest", s.digest}};
}

stream_summary read_summary(member_reader& in, std::string_view name) {
    stream_summary out;
    const auto* o = in.object(name);
    if (!o) return out;
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
        out["shell"] = *shell;
    else
        out["argv"] = json::array(argv.begin(), argv.end());
    if (cwd) out["cwd"] = *cwd;
    if (!env.empty()) {
        auto& o = out["env"].emplace_object();
        for (const auto& [name, value] : env) o[name] = value;
    }
    if (clear_env) out["clear_env"] = true;
    if (with_stdin) out["stdin"] = true;
    if (output_limit) out["output_limit"] = *output_limit;
    if (keep_children) out["keep_children"] = true;
    if (timeout_ms) out["timeout_ms"] = *timeout_ms;
    return out;
}

result<exec_params> exec_params::parse(const json::object& params, const exec_limits& most) {
    member_reader in(params);
    exec_params out;
    auto argv = in.texts("argv", most.argv);
    out.shell = in.text("shell");
    if (!in.failed() && argv.has_value() == out.shell.has_value())
        in.fail(argv ? "shell" : "argv", "- exactly one of argv and shell must be given");
    if (argv) out.argv = std::move(*argv);
    out.cwd = in.text("cwd");
    if (out.cwd && (out.cwd->empty() || out.cwd->size() > max_path)) in.fail("cwd", "is not 1 to 4095 bytes long");
    read_env(in, most.env, out.env);
    out.clear_env = in.flag("clear_env").value_or(false);
    out.with_stdin = in.flag("stdin").value_or(false);
    if (in.any("pty")) in.fail("pty", "is not supported by this version of tugd; leave it out");
    out.output_limit = in.count("output_limit");
    out.keep_children = in.flag("keep_children").value_or(false);
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
    out["stderr"] = proto::to_json(standard_error);
    out["usage"] = json::object{
        {"user_us", usage.user_us}, {"system_us", usage.system_us}, {"max_rss_bytes", usage.max_rss_bytes}};
    out["wall_us"] = wall_us;
    if (contained_by) out["containment"] = name_of(*contained_by);
    out["survivors"] = survivors;
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
    out.standard_output = read_summary(in, "stdout");
    out.standard_error = read_summary(in, "stderr");
    out.usage = read_usage(in);
    out.wall_us = in.required("wall_us", in.count("wall_us"));
    const auto by = in.text("containment"); // an older server says neither of these two
    for (const auto known : {containment::session, containment::cgroup})
        if (by == name_of(known)) out.contained_by = known;
    out.survivors = in.count("survivors").value_or(0);
    if (auto wrong = in.finish_lenient()) return std::move(*wrong);
    return out;
}

} // namespace tug::proto
