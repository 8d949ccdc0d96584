#include "metrics/totals.hpp"

#include "metrics/counters.hpp"
#include "metrics/process_figures.hpp"
#include "server/context.hpp"

namespace tug::service {

namespace {

void add(proto::total_figures& to, const method_counters& of) {
    of.for_each_outcome([&](proto::errc code, std::uint64_t n) {
        to.calls += n;
        if (code != proto::errc::success) to.failed_calls += n;
    });
    to.received_bytes += of.received();
    to.sent_bytes += of.sent();
}

} // namespace

proto::total_figures totals_of(const context& shared) {
    proto::total_figures out;
    for (const auto& thread : shared.thread_counts)
        for (const auto& method : *thread) add(out, method);
    const auto& counts = shared.counts;
    for (const auto& ended : counts.commands) out.commands += ended.load();
    out.connections = counts.accepted;
    out.refused_connections = counts.refused_full + counts.refused_source + counts.refused_memory;
    out.failed_logins = counts.failed_logins;
    out.cpu_us = static_cast<std::uint64_t>(own_cpu_seconds() * 1e6);
    return out;
}

} // namespace tug::service
