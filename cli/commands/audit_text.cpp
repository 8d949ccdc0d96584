#include "audit_text.hpp"

#include "cli/local/progress.hpp"
#include "cli/local/report.hpp"

namespace tug::cli {

namespace {

std::string outcome_text(const audit_event& e) {
    auto out = e.outcome;
    if (e.refused_for.count() > 0) out += ", refused for " + std::to_string(e.refused_for.count()) + " ms";
    if (e.kind != audit_event_kind::call) return out;
    if (e.bytes > 0) out += ", " + human_bytes(e.bytes);
    return out + ", " + std::to_string(e.took.count()) + " ms";
}

} // namespace

std::string audit_text(const audit_event& e) {
    std::string out = e.time + " " + std::string(name_of(e.kind));
    if (e.kind == audit_event_kind::lost) return out + " " + std::to_string(e.lost) + " events were not taken in time";
    if (!e.peer.empty()) out += " " + (e.key.empty() ? e.peer : e.key + "@" + e.peer);
    if (!e.method.empty()) out += " " + e.method;
    if (!e.subject.empty()) out += " " + e.subject + (e.subject_is_cut ? "…" : "");
    if (!e.outcome.empty()) out += ": " + outcome_text(e);
    if (!e.why.empty()) out += ": " + e.why;
    return os::printable(out);
}

boost::json::object to_json(const audit_event& e) {
    boost::json::object out{{"time", e.time}, {"event", name_of(e.kind)}};
    const auto text = [&](const char* name, const std::string& value) {
        if (!value.empty()) out[name] = value;
    };
    const auto number = [&](const char* name, auto value) {
        if (value > 0) out[name] = value;
    };
    const bool of_client = !e.peer.empty();
    text("peer", e.peer);
    if (of_client) out["key"] = e.key;
    number("call", e.call);
    text("method", e.method);
    text("subject", e.subject);
    text("outcome", e.outcome);
    number("refused_ms", e.refused_for.count());
    if (e.kind == audit_event_kind::call) {
        out["bytes"] = e.bytes;
        out["ms"] = e.took.count();
    }
    text("recording", e.recording);
    text("traceparent", e.traceparent);
    text("tracestate", e.tracestate);
    text("why", e.why);
    number("lines", e.lost);
    if (e.subject_is_cut) out["cut"] = true;
    return out;
}

} // namespace tug::cli
