#include "server/limits_told.hpp"

#include <chrono>
#include <optional>

namespace tug::service {

namespace {

using limits = std::map<std::string, std::uint64_t>;

void add_times(limits& to, const options& o) {
    const auto add = [&](const char* name, std::chrono::milliseconds time) {
        to[name] = static_cast<std::uint64_t>(time.count());
    };
    add("login_time_ms", o.opening_time);
    add("failed_login_delay_ms", o.failed_login_delay);
    add("login_penalty_ms", o.bad_logins.first);
    add("max_login_penalty_ms", o.bad_logins.last);
    add("envelope_time_ms", o.timeouts.envelope);
    add("body_time_ms", o.timeouts.body);
    add("write_time_ms", o.timeouts.write);
    add("grace_ms", o.grace);
}

/// What stands here only where the operator has set it.
void add_resources(limits& to, const proto::resource_limits& most) {
    const auto add = [&](const char* name, const std::optional<std::uint64_t>& value) {
        if (value) to[name] = *value;
    };
    add("max_command_memory", most.memory_bytes);
    add("max_command_processes", most.processes);
    add("max_command_cpu_ms", most.cpu_ms);
}

} // namespace

limits limits_told(const options& o) {
    limits out{
        {"max_envelope", o.limits.envelope},
        {"max_body", o.limits.body},
        {"window", o.limits.window},
        {"max_in_flight", o.limits.in_flight},
        {"max_window", o.max_window},
        {"max_buffered", o.max_buffered},
        {"max_connections", o.connections},
        {"max_unauthenticated", o.unauthenticated},
        {"max_unauthenticated_per_source", o.unauthenticated_per_source},
        {"max_commands", o.commands},
        {"max_jobs", o.jobs},
        {"max_kept_jobs", o.kept_jobs},
        {"max_job_bytes", o.job_bytes},
        {"max_recording", o.recording.session_bytes},
        {"max_recordings", o.recording.all_bytes},
        {"max_argv", o.command.argv},
        {"max_env", o.command.env},
        {"max_path", proto::max_path},
        {"max_failed_logins", o.bad_logins.most},
        {"max_failing_sources", o.bad_logins.sources},
        {"threads", o.threads},
        {"file_threads", o.file_threads},
        {"start_threads", o.start_threads},
    };
    add_times(out, o);
    add_resources(out, o.most_resources);
    return out;
}

} // namespace tug::service
