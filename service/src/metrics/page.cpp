#include "metrics/page.hpp"

#include "metrics/counters.hpp"
#include "metrics/exposition.hpp"
#include "metrics/process_figures.hpp"
#include "server/context.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::service {

namespace {

/// The counters of one method, of all threads.
struct method_sum {
    std::map<proto::errc, std::uint64_t> outcomes;
    std::array<std::uint64_t, call_seconds.size() + 1> buckets{};
    double seconds = 0;
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
};

method_sum sum_of(const context& shared, std::size_t row) {
    method_sum out;
    for (const auto& thread : shared.thread_counts) {
        const auto& one = (*thread)[row];
        one.for_each_outcome([&](proto::errc code, std::uint64_t n) { out.outcomes[code] += n; });
        for (std::size_t i = 0; i < out.buckets.size(); ++i) out.buckets[i] += one.bucket(i);
        out.seconds += one.seconds();
        out.received += one.received();
        out.sent += one.sent();
    }
    return out;
}

std::string_view outcome_name(proto::errc code) {
    return code == proto::errc::success ? "ok" : name_of(code);
}

/// Name and figures of each method that was called, and last of what the table has not.
std::vector<std::pair<std::string, method_sum>> all_methods(const context& shared) {
    std::vector<std::pair<std::string, method_sum>> out;
    if (shared.thread_counts.empty()) return out;
    auto names = shared.table.names();
    names.emplace_back("unknown");
    for (std::size_t row = 0; row < names.size(); ++row)
        if (auto sum = sum_of(shared, row); !sum.outcomes.empty()) out.emplace_back(names[row], std::move(sum));
    return out;
}

/// What stands in `le`.
std::string bound_text(std::size_t bucket) {
    return bucket < call_seconds.size() ? fmt::format("{}", call_seconds[bucket]) : std::string("+Inf");
}

void write_durations(exposition& to, std::string_view method, const method_sum& sum) {
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < sum.buckets.size(); ++i) {
        below += sum.buckets[i];
        to.sample(static_cast<double>(below), {{"method", method}, {"le", bound_text(i)}}, "_bucket");
    }
    to.sample(sum.seconds, {{"method", method}}, "_sum");
    to.sample(static_cast<double>(below), {{"method", method}}, "_count");
}

void write_calls(exposition& to, const context& shared) {
    const auto methods = all_methods(shared);
    to.family("tug_calls_total", "counter", "Calls that were answered, by method and outcome.");
    for (const auto& [method, sum] : methods)
        for (const auto& [code, n] : sum.outcomes)
            to.sample(static_cast<double>(n), {{"method", method}, {"outcome", outcome_name(code)}});
    to.family("tug_call_duration_seconds", "histogram", "From the request of a call to its answer.");
    for (const auto& [method, sum] : methods) write_durations(to, method, sum);
    to.family("tug_stream_bytes_total", "counter", "Bytes of the streams of calls, as tugd sees them.");
    for (const auto& [method, sum] : methods) {
        to.sample(static_cast<double>(sum.received), {{"method", method}, {"direction", "received"}});
        to.sample(static_cast<double>(sum.sent), {{"method", method}, {"direction", "sent"}});
    }
}

void write_waits(exposition& to, const context& shared) {
    constexpr std::array<std::string_view, queues> names{"order", "starts"};
    to.family(
        "tug_queue_wait_seconds", "histogram",
        "How long calls waited for the calls that they begin after (order), and commands for a thread that starts "
        "them (starts).");
    for (std::size_t q = 0; q < queues; ++q) {
        const auto& waits = shared.counts.waits[q];
        std::uint64_t below = 0;
        for (std::size_t i = 0; i <= call_seconds.size(); ++i) {
            below += waits.bucket(i);
            to.sample(static_cast<double>(below), {{"queue", names[q]}, {"le", bound_text(i)}}, "_bucket");
        }
        to.sample(waits.seconds(), {{"queue", names[q]}}, "_sum");
        to.sample(static_cast<double>(below), {{"queue", names[q]}}, "_count");
    }
}

void write_connections(exposition& to, const context& shared) {
    const auto& counts = shared.counts;
    const auto number = [](const std::atomic<std::uint64_t>& n) { return static_cast<double>(n.load()); };
    to.single("tug_connections", "gauge", "Connections that are open.",
              static_cast<double>(shared.admissions.connections()));
    to.single("tug_connections_unauthenticated", "gauge", "Of these, those that have not logged in.",
              static_cast<double>(shared.admissions.unauthenticated()));
    to.single("tug_connections_limit", "gauge", "Connections that there may be.",
              static_cast<double>(shared.settings.connections));
    to.single("tug_connections_accepted_total", "counter", "Connections that were accepted.", number(counts.accepted));
    to.family("tug_connections_refused_total", "counter", "Of these, those that were turned away, by reason.");
    to.sample(number(counts.refused_full), {{"reason", "limit"}});
    to.sample(number(counts.refused_source), {{"reason", "failed_logins"}});
    to.sample(number(counts.refused_memory), {{"reason", "memory"}});
    to.family("tug_logins_total", "counter", "Logins, by outcome.");
    to.sample(number(counts.logins), {{"outcome", "ok"}});
    to.sample(number(counts.failed_logins), {{"outcome", "auth_failed"}});
}

void write_commands(exposition& to, const context& shared) {
    to.single("tug_commands_running", "gauge", "Commands that run.", static_cast<double>(shared.commands.taken()));
    to.single("tug_commands_limit", "gauge", "Commands that may run.", static_cast<double>(shared.commands.most()));
    to.family("tug_commands_ended_total", "counter", "Commands that have ended, by reason.");
    for (std::size_t i = 0; i < shared.counts.commands.size(); ++i)
        to.sample(static_cast<double>(shared.counts.commands[i].load()),
                  {{"reason", name_of(static_cast<proto::exec_reason>(i))}});
}

/// Without samples where the server keeps no jobs.
void write_jobs(exposition& to, const context& shared) {
    const auto now = shared.jobs ? shared.jobs->counts() : job_counts();
    const auto& most = shared.settings;
    const auto gauge = [&](std::string_view name, std::string_view help, std::size_t value) {
        to.family(name, "gauge", help);
        if (shared.jobs) to.sample(static_cast<double>(value));
    };
    gauge("tug_jobs_running", "Jobs that run.", now.running);
    gauge("tug_jobs_running_limit", "Jobs that may run.", most.jobs);
    gauge("tug_jobs_kept", "Jobs that are known, those that have ended as well.", now.kept);
    gauge("tug_jobs_kept_limit", "Jobs that may be known.", most.kept_jobs);
}

/// Without a sample where the server speaks no TLS.
void write_certificate(exposition& to, const context& shared) {
    to.family("tug_certificate_end_timestamp_seconds", "gauge",
              "When the certificate of tugd is out of date, in seconds since the epoch.");
    const auto tls = shared.tls();
    const auto ends = tls ? tls->certificate_ends() : std::nullopt;
    if (ends) to.sample(static_cast<double>(std::chrono::system_clock::to_time_t(*ends)));
}

} // namespace

std::string metrics_page(const context& shared) {
    exposition out;
    out.family("tug_build_info", "gauge", "1, with the version as a label.");
    out.sample(1, {{"version", TUG_VERSION}});
    out.single("tug_draining", "gauge", "1 while tugd is ending.", shared.draining.load() ? 1 : 0);
    write_calls(out, shared);
    write_waits(out, shared);
    write_connections(out, shared);
    write_commands(out, shared);
    write_jobs(out, shared);
    write_certificate(out, shared);
    out.single("tug_window_bytes", "gauge", "Bytes that peers may send without waiting, over all streams.",
               static_cast<double>(shared.buffered->charged()));
    out.single("tug_window_bytes_limit", "gauge", "Where no window grows any more.",
               static_cast<double>(shared.settings.max_buffered));
    write_process_figures(out);
    return out.take();
}

} // namespace tug::service
