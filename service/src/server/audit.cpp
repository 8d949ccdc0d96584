#include "server/audit.hpp"

#include <tug/os/escape.hpp>

#include <tug/proto/bytes.hpp>
#include <tug/proto/envelope.hpp>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <ctime>
#include <utility>
#include <vector>

namespace tug::service {

namespace json = boost::json;

namespace {

// Of texts that a client chooses. A path is never cut by the second one.
constexpr std::size_t longest_method = 64;
constexpr std::size_t longest_subject = 4095;

std::string text_of(const json::value* v) {
    const auto bytes = v ? proto::bytes_from_json(*v) : std::nullopt;
    return bytes ? std::string(proto::cut(proto::utf8_text(*bytes), longest_subject)) : std::string();
}

std::string subject_of(const json::object& params) {
    if (const auto* argv = params.if_contains("argv"))
        return argv->is_array() && !argv->get_array().empty() ? text_of(&argv->get_array().front()) : std::string();
    if (params.contains("login")) return "login"; // also with a line of shell
    if (params.contains("shell")) return "/bin/sh";
    if (params.contains("signal")) return text_of(params.if_contains("signal"));
    if (const auto* from = params.if_contains("from"))
        return text_of(from) + " -> " + text_of(params.if_contains("to"));
    if (params.contains("unix")) return "unix:" + text_of(params.if_contains("unix"));
    if (const auto* host = params.if_contains("host"))
        return text_of(host) + ":" + (params.contains("port") ? json::serialize(params.at("port")) : std::string());
    if (params.contains("connection")) return "connection " + json::serialize(params.at("connection"));
    if (params.contains("job")) return text_of(params.if_contains("job"));
    return text_of(params.if_contains("path"));
}

/// "ok" or the name of the error; of a command why and how it ended: "exited 0", "timed_out TERM".
std::string outcome_of(const answer& answered) {
    if (!answered) return std::string(name_of(answered.error().code));
    const auto* result = answered->if_object();
    auto reason = text_of(result ? result->if_contains("reason") : nullptr);
    if (reason.empty()) return "ok";
    if (const auto* code = result->if_contains("exit_code"); code && code->is_number())
        return reason + " " + std::to_string(code->to_number<std::int64_t>());
    return reason + " " + text_of(result->if_contains("signal"));
}

std::string now_text() {
    using namespace std::chrono;
    const auto ms = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
    const auto seconds = static_cast<std::time_t>(ms / 1000);
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                       utc.tm_hour, utc.tm_min, utc.tm_sec, ms % 1000);
}

/// One line, short enough for a single write to a pipe: a long subject is cut, and that is said.
std::string line_of(proto::audit_event event) {
    event.time = now_text();
    auto fields = event.to_json();
    auto line = os::harmless(json::serialize(fields));
    if (line.size() < line_writer::longest) return line;
    fields["cut"] = true;
    // Nothing else in it grows.
    auto& subject = fields.at("subject").as_string();
    while (line.size() >= line_writer::longest && !subject.empty()) {
        subject.resize(proto::cut(subject, subject.size() * 3 / 4).size());
        line = os::harmless(json::serialize(fields));
    }
    return line;
}

std::string plain(const json::value& v) {
    return v.is_string() ? std::string(v.get_string()) : json::serialize(v);
}

/// The log has a time and a place for the event itself.
void write_to_log(const log& to, log_level level, const proto::audit_event& event) {
    const auto fields = event.to_json(); // the names of the texts are its own
    std::vector<log::field> texts;
    texts.reserve(fields.size());
    for (const auto& f : fields)
        if (f.key() != "time" && f.key() != "event") texts.emplace_back(f.key(), plain(f.value()));
    to.write(level, name_of(event.event), texts);
}

proto::audit_event event_about(proto::audit_event_kind kind, std::string_view peer, std::string_view key_id) {
    proto::audit_event out;
    out.event = kind;
    out.peer = peer;
    out.key = key_id;
    return out;
}

loss_listener tell_log(const std::shared_ptr<const log>& to, const std::string& file) {
    loss_listener out;
    out.lost = [to, file](std::uint64_t lines, const std::string& why) {
        to->error("audit_lost", {{"file", file}, {"lines", std::to_string(lines)}, {"why", why}});
    };
    out.resumed = [to, file](std::uint64_t lost) {
        to->warning("audit_resumed", {{"file", file}, {"lost", std::to_string(lost)}});
    };
    return out;
}

} // namespace

proto::result<std::unique_ptr<audit>> audit::open(const std::string& where, std::shared_ptr<const log> logger) {
    std::unique_ptr<line_writer> file;
    const bool to_log = where == "log";
    if (!to_log && where != "off") {
        auto opened = line_writer::open(where, tell_log(logger, where));
        if (!opened) return opened.error();
        file = std::move(*opened);
    }
    return std::unique_ptr<audit>(new audit(std::move(logger), to_log, std::move(file)));
}

audit::audit(std::shared_ptr<const log> logger, bool to_log, std::unique_ptr<line_writer> file)
    : logger_(std::move(logger)), to_log_(to_log), file_(std::move(file)) {}

void audit::write(log_level level, proto::audit_event event) const {
    if (to_log_ && logger_->enabled(level)) write_to_log(*logger_, level, event);
    if (!file_ && !followers_.any()) return;
    auto line = line_of(std::move(event));
    followers_.tell(line);
    if (file_) file_->add(std::move(line));
}

void audit::tell(proto::audit_event event) const {
    if (followers_.any()) followers_.tell(line_of(std::move(event)));
}

void audit::logged_in(const caller& who) const {
    if (!enabled(log_level::info)) return;
    auto event = event_about(proto::audit_event_kind::login, who.peer, who.key_id);
    event.outcome = "ok";
    write(log_level::info, std::move(event));
}

void audit::login_failed(std::string_view peer, std::string_view key_id, std::chrono::milliseconds penalty) const {
    if (!enabled(log_level::warning)) return;
    auto event = event_about(proto::audit_event_kind::login, peer, key_id);
    event.outcome = name_of(proto::errc::auth_failed);
    if (penalty.count() > 0) event.refused_ms = static_cast<std::uint64_t>(penalty.count());
    write(log_level::warning, std::move(event));
}

void audit::revoked(const caller& who, std::string_view why) const {
    if (!enabled(log_level::warning)) return;
    auto event = event_about(proto::audit_event_kind::revoked, who.peer, who.key_id);
    event.why = why;
    write(log_level::warning, std::move(event));
}

std::string audit::ready_line() {
    proto::audit_event ready;
    ready.event = proto::audit_event_kind::ready;
    return line_of(std::move(ready));
}

std::string audit::lost_line(std::uint64_t lines) {
    proto::audit_event lost;
    lost.event = proto::audit_event_kind::lost;
    lost.lines = lines;
    return line_of(std::move(lost));
}

proto::result<bool> audit::reopen() {
    if (!file_) return false;
    return file_->reopen();
}

audit_line::audit_line(const audit& to, std::string_view method, const json::object* params,
                       const proto::trace_context* trace) {
    if (!to.enabled(log_level::info)) return;
    to_ = &to;
    method_ = proto::cut(method, longest_method);
    if (params) subject_ = subject_of(*params);
    if (trace) trace_ = *trace;
    number_ = to.next_call();
    begin_ = std::chrono::steady_clock::now();
}

proto::audit_event audit_line::event(proto::audit_event_kind kind, const caller& who) const {
    auto out = event_about(kind, who.peer, who.key_id);
    out.call = number_;
    out.method = method_;
    out.subject = subject_;
    out.traceparent = trace_.traceparent;
    out.tracestate = trace_.tracestate;
    return out;
}

void audit_line::begin(const caller& who) const {
    if (to_ && to_->followers().any()) to_->tell(event(proto::audit_event_kind::began, who));
}

void audit_line::write(const caller& who, const answer& outcome, std::uint64_t bytes,
                       std::string_view recording) const {
    if (!to_) return;
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin_);
    auto said = event(proto::audit_event_kind::call, who);
    said.outcome = outcome_of(outcome);
    said.bytes = bytes;
    said.ms = static_cast<std::uint64_t>(time.count());
    said.recording = recording;
    to_->write(log_level::info, std::move(said));
}

} // namespace tug::service
