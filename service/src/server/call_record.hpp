#pragma once

#include "metrics/counters.hpp"
#include "server/audit.hpp"
#include "tug/service/call.hpp"

#include <chrono>
#include <utility>

namespace tug::service {

/// What is kept of a call once it is answered: its line in the audit, and its place in the counters of the thread.
class call_record {
public:
    /// `counts` are those of its method on this thread, and outlive it.
    call_record(audit_line line, method_counters& counts) : line_(std::move(line)), counts_(&counts) {}

    /// It is in flight.
    void begin(const caller& who) const { line_.begin(who); }

    /// It was answered without having been in flight.
    void write(const caller& who, const answer& outcome) const;

    /// It was in flight, with the streams of `c`.
    void write(call& c, const answer& outcome) const;

private:
    audit_line line_;
    method_counters* counts_;
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

/// `success` for a result.
[[nodiscard]] proto::errc code_of(const answer& outcome) noexcept;

} // namespace tug::service
