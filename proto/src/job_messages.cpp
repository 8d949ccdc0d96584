#include "tug/proto/job_messages.hpp"

#include "described_members.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tug::proto {

namespace json = boost::json;

namespace {

constexpr std::array overflows{
    std::pair{job_overflow::drop, std::string_view("drop")},
    std::pair{job_overflow::end, std::string_view("end")},
};

constexpr std::array states{
    std::pair{job_state::running, std::string_view("running")},
    std::pair{job_state::ended, std::string_view("ended")},
    std::pair{job_state::lost, std::string_view("lost")},
};

constexpr std::uint64_t least_keep_bytes = 64 * 1024;
constexpr std::uint64_t most_keep_bytes = std::uint64_t{1} << 40U;
constexpr std::uint64_t most_keep_ms = std::uint64_t{366} * 86'400'000;

struct job_name_kind : text_kind {
    [[nodiscard]] std::optional<std::string> read(member_reader& in, std::string_view name) const {
        auto text = in.text(name);
        if (text && !is_job_name(*text)) in.fail(name, "is not 1 to 64 of A-Z a-z 0-9 . _ -, or begins with a dot");
        return text;
    }

    [[nodiscard]] json::object schema() const {
        return {{"type", "string"}, {"pattern", "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$"}};
    }
};

struct position_kind {
    [[nodiscard]] std::optional<job_position> read(member_reader& in, std::string_view name) const {
        const auto* v = in.any(name);
        if (!v) return std::nullopt;
        if (v->is_null()) return job_position(job_position::kind::none);
        if (!v->is_string()) {
            const auto position = in.count(name);
            return position ? std::optional(job_position(*position)) : std::nullopt;
        }
        if (v->get_string() == "kept") return job_position(job_position::kind::kept);
        if (v->get_string() == "end") return job_position(job_position::kind::end);
        in.fail(name, "is none of a position, \"kept\", \"end\" and null");
        return std::nullopt;
    }

    [[nodiscard]] json::value write(const job_position& v, json::storage_ptr memory) const {
        switch (v.type()) {
        case job_position::kind::none: return nullptr;
        case job_position::kind::kept: return json::value("kept", std::move(memory));
        case job_position::kind::end: return json::value("end", std::move(memory));
        case job_position::kind::at: break;
        }
        return json::value(v.position(), std::move(memory));
    }

    [[nodiscard]] json::object schema() const { return {{"type", json::array{"integer", "string", "null"}}}; }
};

struct job_stdin_kind {
    [[nodiscard]] std::optional<job_stdin> read(member_reader& in, std::string_view name) const {
        const auto* v = in.any(name);
        if (!v) return std::nullopt;
        if (v->is_bool()) return job_stdin{v->get_bool(), std::nullopt};
        const auto from = in.count(name);
        return from ? std::optional(job_stdin{true, from}) : std::nullopt;
    }

    [[nodiscard]] json::value write(const job_stdin& v, json::storage_ptr memory) const {
        return v.from ? json::value(*v.from, std::move(memory)) : json::value(v.wanted, std::move(memory));
    }

    [[nodiscard]] json::object schema() const { return {{"type", json::array{"boolean", "integer"}}}; }
};

struct result_kind {
    [[nodiscard]] std::optional<exec_result> read(member_reader& in, std::string_view name) const {
        const auto* o = in.object(name);
        if (!o) return std::nullopt;
        auto parsed = exec_result::parse(*o);
        if (!parsed) return in.fail(name, "is no result: " + parsed.error().message), std::nullopt;
        return std::move(*parsed);
    }

    [[nodiscard]] json::value write(const exec_result& v, json::storage_ptr memory) const {
        return v.to_json(std::move(memory));
    }

    [[nodiscard]] json::object schema() const { return exec_result::describe(); }
};

template <class T>
constexpr auto job_member() {
    return member("job", &T::job, job_name_kind(), presence::required);
}

template <class T>
constexpr auto call_members() {
    return std::tuple(job_member<T>(), timeout_member<T>());
}

} // namespace

bool is_job_name(std::string_view name) noexcept {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    };
    return !name.empty() && name.size() <= max_job_name && name.front() != '.' && std::ranges::all_of(name, fits);
}

std::string_view name_of(job_state state) noexcept {
    return states[static_cast<std::size_t>(state)].second;
}

// --- job.start -------------------------------------------------------------------------------------------------------

namespace {

/// Beside those of exec.
constexpr auto start_members =
    std::tuple(member("job", &job_start_params::job, job_name_kind()),
               member("keep_bytes", &job_start_params::keep_bytes, count_kind{least_keep_bytes, most_keep_bytes}),
               member("overflow", &job_start_params::overflow, choice_kind<job_overflow, overflows.size()>{overflows}),
               member("keep_ms", &job_start_params::keep_ms, count_kind{0, most_keep_ms}));

constexpr std::array<std::string_view, 4> start_names{"job", "keep_bytes", "overflow", "keep_ms"};

} // namespace

json::object job_start_params::to_json() const {
    auto out = command.to_json();
    for (auto& own : write_members(*this, start_members, out.storage())) out.emplace(own.key(), std::move(own.value()));
    return out;
}

result<job_start_params> job_start_params::parse(const json::object& from, const exec_limits& most) {
    json::object of_job;
    json::object of_command;
    for (const auto& m : from) {
        const bool own = std::ranges::find(start_names, std::string_view(m.key())) != start_names.end();
        (own ? of_job : of_command).emplace(m.key(), m.value());
    }
    auto out = parse_strictly<job_start_params>(of_job, start_members);
    if (!out) return out;
    auto command = exec_params::parse(of_command, most);
    if (!command) return command.error();
    out->command = std::move(*command);
    return out;
}

json::array job_start_params::describe() {
    auto out = describe_params(start_members);
    for (auto& m : exec_params::describe()) out.push_back(std::move(m));
    return out;
}

// --- the others ------------------------------------------------------------------------------------------------------

template <>
struct members_of<job_start_result> {
    static constexpr auto value = std::tuple(member("job", &job_start_result::job, text_kind(), presence::required),
                                             member("new", &job_start_result::is_new, flag_kind(), presence::required),
                                             member("pid", &job_start_result::pid, signed_kind(), presence::written));
};

template <>
struct members_of<job_attach_params> {
    static constexpr auto value = std::tuple(
        job_member<job_attach_params>(), member("stdout", &job_attach_params::standard_output, position_kind()),
        member("stderr", &job_attach_params::standard_error, position_kind()),
        member("stdin", &job_attach_params::standard_input, job_stdin_kind()),
        member("take_over", &job_attach_params::take_over, flag_kind()), timeout_member<job_attach_params>());
};

template <>
struct members_of<job_wait_params> {
    static constexpr auto value = call_members<job_wait_params>();
};

template <>
struct members_of<job_status_params> {
    static constexpr auto value = call_members<job_status_params>();
};

template <>
struct members_of<job_cancel_params> {
    static constexpr auto value = call_members<job_cancel_params>();
};

template <>
struct members_of<job_remove_params> {
    static constexpr auto value = call_members<job_remove_params>();
};

template <>
struct members_of<job_signal_params> {
    static constexpr auto value = std::tuple(
        job_member<job_signal_params>(), member("signal", &job_signal_params::signal, text_kind(), presence::required),
        timeout_member<job_signal_params>());
};

template <>
struct members_of<job_resize_params> {
    static constexpr auto value = std::tuple(
        job_member<job_resize_params>(), member("rows", &job_resize_params::rows, terminal_cells, presence::required),
        member("cols", &job_resize_params::cols, terminal_cells, presence::required),
        timeout_member<job_resize_params>());
};

template <>
struct members_of<job_list_params> {
    static constexpr auto value = std::tuple(timeout_member<job_list_params>());
};

template <>
struct members_of<job_list_result> {
    static constexpr auto value = std::tuple(member("jobs", &job_list_result::jobs, count_kind(), presence::required));
};

template <>
struct members_of<job_output> {
    static constexpr auto value =
        std::tuple(member("bytes", &job_output::bytes, count_kind(), presence::required),
                   member("kept_from", &job_output::kept_from, count_kind(), presence::required),
                   member("stalled", &job_output::stalled, text_kind()));
};

template <>
struct members_of<job_info> {
    static constexpr auto value = std::tuple(
        member("job", &job_info::job, text_kind(), presence::required), member("owner", &job_info::owner, text_kind()),
        member("state", &job_info::state, choice_kind<job_state, states.size()>{states}, presence::required),
        member("pid", &job_info::pid, signed_kind(), presence::written),
        member("argv", &job_info::argv, byte_list_kind{max_argv}, presence::written),
        member("pty", &job_info::terminal, flag_kind()),
        member("started_ms", &job_info::started_ms, count_kind(), presence::required),
        member("ended_ms", &job_info::ended_ms, count_kind()), member("result", &job_info::result, result_kind()),
        member("why", &job_info::why, text_kind()),
        member("stdout", &job_info::standard_output, object_kind<job_output>(), presence::required),
        member("stderr", &job_info::standard_error, object_kind<job_output>()),
        member("stdin_bytes", &job_info::input_bytes, count_kind(), presence::written));
};

template struct described_params<job_attach_params>;
template struct described_params<job_wait_params>;
template struct described_params<job_status_params>;
template struct described_params<job_cancel_params>;
template struct described_params<job_remove_params>;
template struct described_params<job_signal_params>;
template struct described_params<job_resize_params>;
template struct described_params<job_list_params>;
template struct described_result<job_start_result>;
template struct described_result<job_list_result>;
template struct described_result<job_output>;
template struct described_result<job_info>;

std::vector<stream_spec> job_attach_params::streams() const {
    std::vector<stream_spec> out;
    if (standard_output.type() != job_position::kind::none)
        out.emplace_back("stdout", direction::to_client, false, true);
    if (standard_error.type() != job_position::kind::none)
        out.emplace_back("stderr", direction::to_client, false, true);
    constexpr bool awaits_start = true;
    if (standard_input.wanted) out.emplace_back("stdin", direction::to_server, false, false, awaits_start);
    return out;
}

std::vector<stream_spec> job_list_params::streams() const {
    return std::vector<stream_spec>(1, stream_spec("jobs", direction::to_client));
}

} // namespace tug::proto
