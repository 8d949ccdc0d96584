#include "tug/proto/exec_messages.hpp"

#include "tug/proto/bytes.hpp"
#include "tug/proto/member_kinds.hpp"

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
    std::pair{exec_reason::memory_limit, std::string_view("memory_limit")},
    std::pair{exec_reason::cpu_limit, std::string_view("cpu_limit")},
};

constexpr std::array containments{
    std::pair{containment::session, std::string_view("session")},
    std::pair{containment::cgroup, std::string_view("cgroup")},
};

using variables = std::map<std::string, std::string>;

void take_variable(member_reader& in, std::optional<std::string> name, const json::value& raw, variables& env) {
    auto value = bytes_from_json(raw);
    if (!name || name->empty() || name->find_first_of(std::string_view("=\0", 2)) != std::string::npos)
        return in.fail("env", "has a name that is empty, holds '=' or NUL, or is no text");
    if (!value || value->find('\0') != std::string::npos)
        return in.fail("env", "has a value that holds NUL or is neither a string nor {\"base64\":\"…\"}");
    if (!env.emplace(std::move(*name), std::move(*value)).second) in.fail("env", "has a name twice");
}

/// Variables: an object, unless a name is no UTF-8; then pairs.
struct env_kind {
    [[nodiscard]] std::optional<variables> read(member_reader& in, std::string_view name) const {
        const auto* v = in.any(name);
        if (!v) return std::nullopt;
        variables out;
        if (const auto* o = v->if_object()) {
            for (const auto& one : *o) take_variable(in, std::string(one.key()), one.value(), out);
        } else if (const auto* pairs = v->if_array()) {
            for (const auto& item : *pairs) {
                const auto* pair = item.if_array();
                if (!pair || pair->size() != 2) return in.fail(name, "has an item that is not [name, value]"), out;
                take_variable(in, bytes_from_json(pair->front()), pair->back(), out);
            }
        } else {
            in.fail(name, "is neither an object nor an array of [name, value]");
        }
        return out;
    }

    [[nodiscard]] json::value write(const variables& env, const json::storage_ptr& memory) const {
        if (std::ranges::all_of(env, [](const auto& one) { return is_utf8(one.first); })) {
            json::object out(memory);
            for (const auto& [name, value] : env) out[name] = bytes_to_json(value, memory);
            return out;
        }
        json::array out(memory);
        for (const auto& [name, value] : env)
            out.push_back(json::array({bytes_to_json(name, memory), bytes_to_json(value, memory)}, memory));
        return out;
    }

    [[nodiscard]] json::object schema() const {
        return {{"type", json::array{"object", "array"}}, {"maxProperties", max_env}, {"maxItems", max_env}};
    }
};

/// The name of a kind of terminal, which programs look for as a file.
struct term_kind : text_kind {
    static constexpr std::size_t most = 64;

    [[nodiscard]] std::optional<std::string> read(member_reader& in, std::string_view name) const {
        auto text = in.text(name);
        const auto fits = [](char c) { return c > ' ' && c <= '~' && c != '/'; };
        if (text && (text->empty() || text->size() > most || !std::ranges::all_of(*text, fits)))
            in.fail(name, "is not 1 to 64 visible characters of ASCII without a slash");
        return text;
    }
};

} // namespace

template <>
struct members_of<terminal_params> {
    static constexpr auto value = std::tuple(member("rows", &terminal_params::rows, terminal_cells, presence::required),
                                             member("cols", &terminal_params::cols, terminal_cells, presence::required),
                                             member("term", &terminal_params::term, term_kind(), presence::written));
};

namespace {

/// -20 to 19.
struct nice_kind {
    static constexpr std::int64_t lowest = -20;
    static constexpr std::int64_t highest = 19;

    [[nodiscard]] std::optional<std::int64_t> read(member_reader& in, std::string_view name) const {
        const auto found = in.signed_integer(name);
        if (found && (*found < lowest || *found > highest)) in.fail(name, "is no integer from -20 to 19");
        return found;
    }

    [[nodiscard]] json::value write(std::int64_t v, json::storage_ptr memory) const {
        return json::value(v, std::move(memory));
    }

    [[nodiscard]] json::object schema() const {
        return {{"type", "integer"}, {"minimum", lowest}, {"maximum", highest}};
    }
};

} // namespace

template <>
struct members_of<resource_limits> {
    static constexpr count_kind some{1, max_integer};
    static constexpr auto value = std::tuple(
        member("memory_bytes", &resource_limits::memory_bytes, some),
        member("processes", &resource_limits::processes, some), member("cpu_ms", &resource_limits::cpu_ms, some),
        member("open_files", &resource_limits::open_files, count_kind{3, 1'048'576}),
        member("file_bytes", &resource_limits::file_bytes, count_kind()),
        member("nice", &resource_limits::nice, nice_kind()));
};

namespace {

/// A name of a user and one of a group; the longest that Linux has are 256 bytes.
constexpr std::size_t max_user = 513;

constexpr auto params = std::tuple(
    member("argv", &exec_params::argv, byte_list_kind{max_argv}), member("shell", &exec_params::shell, bytes_kind()),
    member("login", &exec_params::login, flag_kind()), member("user", &exec_params::user, bytes_kind{1, max_user}),
    member("cwd", &exec_params::cwd, path_kind), member("env", &exec_params::env, env_kind()),
    member("clear_env", &exec_params::clear_env, flag_kind()), member("stdin", &exec_params::with_stdin, flag_kind()),
    member("pty", &exec_params::pty, strict_object_kind<terminal_params>()),
    member("limits", &exec_params::limits, strict_object_kind<resource_limits>()),
    member("report_start", &exec_params::report_start, flag_kind()),
    member("output_limit", &exec_params::output_limit, count_kind()),
    member("keep_children", &exec_params::keep_children, flag_kind()),
    member("merge", &exec_params::merge, flag_kind()),
    member("grace_ms", &exec_params::grace_ms, count_kind{0, max_grace_ms}), timeout_member<exec_params>());

constexpr auto signal_members = std::tuple(member("call", &signal_params::call, call_id_kind(), presence::required),
                                           member("signal", &signal_params::signal, text_kind(), presence::required),
                                           timeout_member<signal_params>());

constexpr auto resize_members = std::tuple(member("call", &resize_params::call, call_id_kind(), presence::required),
                                           member("rows", &resize_params::rows, terminal_cells, presence::required),
                                           member("cols", &resize_params::cols, terminal_cells, presence::required),
                                           timeout_member<resize_params>());

} // namespace

template <>
struct members_of<stream_summary> {
    static constexpr auto value = std::tuple(member("bytes", &stream_summary::bytes, count_kind(), presence::required),
                                             member("digest", &stream_summary::digest, text_kind(), presence::required),
                                             member("dropped", &stream_summary::dropped, count_kind()));
};

template <>
struct members_of<resource_usage> {
    static constexpr auto value =
        std::tuple(member("user_us", &resource_usage::user_us, count_kind(), presence::required),
                   member("system_us", &resource_usage::system_us, count_kind(), presence::required),
                   member("max_rss_bytes", &resource_usage::max_rss_bytes, count_kind(), presence::required),
                   member("memory_peak_bytes", &resource_usage::memory_peak_bytes, count_kind()),
                   member("read_bytes", &resource_usage::read_bytes, count_kind()),
                   member("written_bytes", &resource_usage::written_bytes, count_kind()));
};

namespace {

constexpr auto result_members = std::tuple(
    member("reason", &exec_result::reason, choice_kind<exec_reason, reasons.size()>{reasons}, presence::required),
    member("exit_code", &exec_result::exit_code, count_kind{0, 255}),
    member("signal", &exec_result::signal, text_kind()),
    member("stdout", &exec_result::standard_output, object_kind<stream_summary>(), presence::required),
    member("stderr", &exec_result::standard_error, object_kind<stream_summary>()),
    member("usage", &exec_result::usage, object_kind<resource_usage>(), presence::required),
    member("wall_us", &exec_result::wall_us, count_kind(), presence::required),
    member("containment", &exec_result::contained_by,
           choice_kind<containment, containments.size()>{containments, true}),
    member("survivors", &exec_result::survivors, count_kind()));

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

// --- exec ------------------------------------------------------------------------------------------------------------

json::object exec_params::to_json() const {
    auto out = write_members(*this, params);
    if (!shell && !login && argv.empty()) out["argv"] = json::array(); // the server says what is wrong with it
    return out;
}

result<exec_params> exec_params::parse(const json::object& from, const exec_limits& most) {
    member_reader in(from);
    exec_params out;
    read_members(in, out, params);
    const int given = (out.argv.empty() ? 0 : 1) + (out.shell || out.login ? 1 : 0); // a login may have a line
    if (!in.failed() && given != 1)
        in.fail(out.login   ? "login"
                : out.shell ? "shell"
                            : "argv",
                "- exactly one of argv, shell and login must be given; login may have a shell beside it");
    if (out.argv.size() > most.argv)
        in.fail("argv", "has more than " + std::to_string(most.argv) + " items; --max-argv of tugd allows more");
    if (out.env.size() > most.env)
        in.fail("env", "has more than " + std::to_string(most.env) + " variables; --max-env of tugd allows more");
    if (auto wrong = in.finish()) return std::move(*wrong);
    return out;
}

json::array exec_params::describe() {
    return describe_params(params);
}

std::vector<stream_spec> exec_params::streams() const {
    std::vector<stream_spec> out;
    out.reserve(3);
    out.emplace_back("stdout", direction::to_client);
    if (!one_output()) out.emplace_back("stderr", direction::to_client);
    if (with_stdin) out.emplace_back("stdin", direction::to_server);
    return out;
}

json::object exec_result::to_json() const {
    return to_json(memory_of_message());
}

json::object exec_result::to_json(json::storage_ptr memory) const {
    return write_members(*this, result_members, std::move(memory));
}

result<exec_result> exec_result::parse(const json::object& from) {
    member_reader in(from);
    exec_result out;
    read_members(in, out, result_members);
    if (out.exit_code.has_value() == out.signal.has_value()) in.fail("signal", "or exit_code must be there, not both");
    if (auto wrong = in.finish_lenient()) return std::move(*wrong);
    return out;
}

json::object exec_result::describe() {
    return describe_object(result_members);
}

// --- exec.signal, exec.resize ----------------------------------------------------------------------------------------

json::object signal_params::to_json() const {
    return write_members(*this, signal_members);
}

result<signal_params> signal_params::parse(const json::object& from) {
    return parse_strictly<signal_params>(from, signal_members);
}

json::array signal_params::describe() {
    return describe_params(signal_members);
}

json::object resize_params::to_json() const {
    return write_members(*this, resize_members);
}

result<resize_params> resize_params::parse(const json::object& from) {
    return parse_strictly<resize_params>(from, resize_members);
}

json::array resize_params::describe() {
    return describe_params(resize_members);
}

} // namespace tug::proto
