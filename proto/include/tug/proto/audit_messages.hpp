#pragma once

#include "tug/proto/described.hpp"
#include "tug/proto/stream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::proto {

// The messages of `audit.follow`, and the lines of an audit file.

enum class audit_event_kind { unknown, ready, login, began, call, revoked, lost };

/// "ready", "login", "began", "call", "revoked", "lost"; empty for unknown.
[[nodiscard]] std::string_view name_of(audit_event_kind kind) noexcept;

struct audit_follow_params : described_params<audit_follow_params> {
    static constexpr std::string_view method = "audit.follow";
    std::optional<std::uint64_t> timeout_ms;

    [[nodiscard]] std::vector<stream_spec> streams() const;
};

/// A line. Which members there are depends on the event.
struct audit_event : described_result<audit_event> {
    std::string time; ///< "2026-11-29T07:20:57.123Z".
    audit_event_kind event = audit_event_kind::unknown;
    std::optional<std::string> peer;
    std::optional<std::string> key;
    std::optional<std::uint64_t> call; ///< A number, by which `began` and `call` belong together.
    std::optional<std::string> method;
    std::optional<std::string> subject;
    std::optional<std::string> outcome;
    std::optional<std::uint64_t> refused_ms;
    std::optional<std::uint64_t> bytes;
    std::optional<std::uint64_t> ms;
    std::string recording;
    std::string traceparent;
    std::string tracestate;
    std::string why;                    ///< Of revoked.
    std::optional<std::uint64_t> lines; ///< Of lost.
    bool cut = false;                   ///< The subject was longer.
};

struct audit_follow_result : described_result<audit_follow_result> {
    std::uint64_t events = 0;
    std::uint64_t lost = 0;
};

} // namespace tug::proto
