#include "wire.hpp"

#include <tug/time_limit.hpp>

#include <tug/proto/limits.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace tug {

static_assert(longest_time_limit == std::chrono::milliseconds(proto::max_timeout_ms));

namespace {

proto::exec_reason to_wire(exec_reason reason) noexcept {
    switch (reason) {
    case exec_reason::exited: return proto::exec_reason::exited;
    case exec_reason::signaled: return proto::exec_reason::signaled;
    case exec_reason::timed_out: return proto::exec_reason::timed_out;
    case exec_reason::cancelled: return proto::exec_reason::cancelled;
    case exec_reason::memory_limit: return proto::exec_reason::memory_limit;
    case exec_reason::cpu_limit: return proto::exec_reason::cpu_limit;
    case exec_reason::output_limit: break;
    }
    return proto::exec_reason::output_limit;
}

exec_reason from_wire(proto::exec_reason reason) noexcept {
    switch (reason) {
    case proto::exec_reason::exited: return exec_reason::exited;
    case proto::exec_reason::signaled: return exec_reason::signaled;
    case proto::exec_reason::timed_out: return exec_reason::timed_out;
    case proto::exec_reason::cancelled: return exec_reason::cancelled;
    case proto::exec_reason::memory_limit: return exec_reason::memory_limit;
    case proto::exec_reason::cpu_limit: return exec_reason::cpu_limit;
    case proto::exec_reason::output_limit: break;
    }
    return exec_reason::output_limit;
}

proto::containment to_wire(containment by) noexcept {
    return by == containment::session ? proto::containment::session : proto::containment::cgroup;
}

containment from_wire(proto::containment by) noexcept {
    return by == proto::containment::session ? containment::session : containment::cgroup;
}

stream_summary from_wire(proto::stream_summary said) {
    return {said.bytes, std::move(said.digest)};
}

resource_usage from_wire(const proto::resource_usage& said) noexcept {
    return {said.user_us,           said.system_us,  said.max_rss_bytes,
            said.memory_peak_bytes, said.read_bytes, said.written_bytes};
}

std::optional<std::uint64_t> in_ms(std::optional<std::chrono::milliseconds> time) {
    if (!time) return std::nullopt;
    return static_cast<std::uint64_t>(time->count());
}

} // namespace

std::string_view name_of(exec_reason reason) noexcept {
    return proto::name_of(to_wire(reason));
}

std::string_view name_of(containment by) noexcept {
    return proto::name_of(to_wire(by));
}

namespace detail {

proto::resource_limits to_wire(const resource_limits& set) {
    proto::resource_limits out;
    out.memory_bytes = set.memory_bytes;
    out.processes = set.processes;
    out.cpu_ms = in_ms(set.cpu);
    out.open_files = set.open_files;
    out.file_bytes = set.file_bytes;
    out.nice = set.nice;
    return out;
}

proto::exec_params to_wire(command::settings_type set) {
    proto::exec_params out;
    out.argv = std::move(set.argv);
    out.shell = std::move(set.shell);
    out.login = set.login;
    out.user = std::move(set.user);
    out.cwd = std::move(set.directory);
    out.env = std::move(set.env);
    out.clear_env = set.clear_env;
    out.with_stdin = set.with_stdin;
    if (set.terminal) out.pty = {set.terminal->rows(), set.terminal->cols(), set.terminal->term()};
    if (set.limits) out.limits = to_wire(*set.limits);
    out.output_limit = set.output_limit;
    out.keep_children = set.keep_children;
    out.merge = set.merge;
    out.report_start = set.report_start;
    out.grace_ms = in_ms(set.grace);
    out.timeout_ms = in_ms(set.timeout);
    return out;
}

proto::put_params to_wire(const put_options::settings_type& set, std::string path) {
    proto::put_params out;
    out.path = std::move(path);
    out.mode = set.mode;
    out.new_mode = set.new_mode;
    out.mtime_ns = set.mtime_ns;
    out.overwrite = set.overwrite;
    out.make_parents = set.make_parents;
    out.durable = set.durable;
    out.follow = set.follow;
    out.in_place = set.in_place;
    out.digest.kind = set.digest;
    if (set.compress) out.compress = proto::compression::zstd;
    out.timeout_ms = in_ms(set.timeout);
    return out;
}

proto::get_params to_wire(const get_options::settings_type& set, std::string path) {
    proto::get_params out;
    out.path = std::move(path);
    out.offset = set.offset;
    out.length = set.length;
    out.digest = set.digest;
    if (set.compress) out.compress = proto::compression::zstd;
    out.level = set.compress.value_or(proto::default_level);
    out.timeout_ms = in_ms(set.timeout);
    return out;
}

std::vector<proto::stream_spec> to_wire(const streams& which) {
    std::vector<proto::stream_spec> out;
    out.reserve(which.all().size());
    for (const auto& [name, direction, packed] : which.all()) {
        const bool up = direction == stream_direction::to_server;
        out.emplace_back(name, up ? proto::direction::to_server : proto::direction::to_client);
        out.back().may_be_packed = packed;
    }
    return out;
}

exec_result from_wire(proto::exec_result said) {
    exec_result out;
    out.reason = tug::from_wire(said.reason);
    out.exit_code = said.exit_code;
    out.signal = std::move(said.signal);
    out.out_summary = tug::from_wire(std::move(said.standard_output));
    if (said.standard_error) out.err_summary = tug::from_wire(std::move(*said.standard_error));
    out.usage = tug::from_wire(said.usage);
    if (said.contained_by) out.contained_by = tug::from_wire(*said.contained_by);
    out.survivors = said.survivors;
    out.wall = std::chrono::microseconds(said.wall_us);
    return out;
}

put_result from_wire(proto::put_result said) {
    put_result out;
    out.size = said.size;
    out.digest = std::move(said.digest);
    out.in_place = said.in_place;
    out.unchanged = said.unchanged;
    return out;
}

get_result from_wire(proto::get_result said) {
    get_result out;
    out.size = said.size;
    out.bytes = said.bytes;
    out.digest = std::move(said.digest);
    out.mode = said.mode;
    out.mtime_ns = said.mtime_ns;
    out.unchanged = said.unchanged;
    return out;
}

} // namespace detail

} // namespace tug
