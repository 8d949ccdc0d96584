#include "tug/proto/audit_messages.hpp"

#include "described_members.hpp"

#include <array>
#include <utility>

namespace tug::proto {

namespace {

constexpr std::array audit_events{
    std::pair{audit_event_kind::ready, std::string_view("ready")},
    std::pair{audit_event_kind::login, std::string_view("login")},
    std::pair{audit_event_kind::began, std::string_view("began")},
    std::pair{audit_event_kind::call, std::string_view("call")},
    std::pair{audit_event_kind::revoked, std::string_view("revoked")},
    std::pair{audit_event_kind::lost, std::string_view("lost")},
};

/// A later version of the server may have more of them.
constexpr choice_kind<audit_event_kind, audit_events.size()> event_kind{audit_events, true};

} // namespace

template <>
struct members_of<audit_follow_params> {
    using t = audit_follow_params;
    static constexpr auto value = std::tuple(timeout_member<t>());
};

template <>
struct members_of<audit_event> {
    using t = audit_event;
    static constexpr auto value =
        std::tuple(member("time", &t::time, text_kind(), presence::required),
                   member("event", &t::event, event_kind, presence::written), //
                   member("peer", &t::peer, text_kind()), member("key", &t::key, text_kind()),
                   member("call", &t::call, count_kind()), member("method", &t::method, text_kind()),
                   member("subject", &t::subject, text_kind()), member("outcome", &t::outcome, text_kind()),
                   member("refused_ms", &t::refused_ms, count_kind()), member("bytes", &t::bytes, count_kind()),
                   member("ms", &t::ms, count_kind()), member("recording", &t::recording, text_kind()),
                   member("traceparent", &t::traceparent, text_kind()),
                   member("tracestate", &t::tracestate, text_kind()), member("why", &t::why, text_kind()),
                   member("lines", &t::lines, count_kind()), member("cut", &t::cut, flag_kind()));
};

template <>
struct members_of<audit_follow_result> {
    using t = audit_follow_result;
    static constexpr auto value = std::tuple(member("events", &t::events, count_kind(), presence::required),
                                             member("lost", &t::lost, count_kind(), presence::required));
};

template struct described_params<audit_follow_params>;
template struct described_result<audit_event>;
template struct described_result<audit_follow_result>;

std::string_view name_of(audit_event_kind kind) noexcept {
    for (const auto& [value, name] : audit_events)
        if (value == kind) return name;
    return {};
}

std::vector<stream_spec> audit_follow_params::streams() const {
    return std::vector<stream_spec>(1, stream_spec("events", direction::to_client));
}

} // namespace tug::proto
