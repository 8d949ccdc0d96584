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
std::string line_of(json::object fields) {
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

} // namespace

proto::result<std::unique_ptr<audit>> audit::open(const std::string& where, std::shared_ptr<const log> logger) {
    std::unique_ptr<line_writer> file;
    const bool to_log = where == "log";
    if (!to_log && where != "off") {
        auto opened = line_writer::open(where, logger);
        if (!opened) return opened.error();
        file = std::move(*opened);
    }
    return std::unique_ptr<audit>(new audit(std::move(logger), to_log, std::move(file)));
}

audit::audit(std::shared_ptr<const log> logger, bool to_log, std::unique_ptr<line_writer> file)
    : logger_(std::move(logger)), to_log_(to_log), file_(std::move(file)) {}

void audit::write(log_level level, std::string_view event, const json::object& fields) const {
    if (file_) {
        json::object all{{"time", now_text()}, {"event", event}};
        for (const auto& f : fields) all[f.key()] = f.value();
        return file_->add(line_of(std::move(all)));
    }
    std::vector<log::field> texts;
    for (const auto& f : fields) texts.emplace_back(f.key(), plain(f.value()));
    logger_->write(level, event, texts);
}

void audit::logged_in(const caller& who) const {
    if (enabled(log_level::info))
        write(log_level::info, "login", {{"peer", who.peer}, {"key", who.key_id}, {"outcome", "ok"}});
}

void audit::login_failed(std::string_view peer, std::string_view key_id, std::chrono::milliseconds penalty) const {
    if (!enabled(log_level::warning)) return;
    json::object fields{{"peer", peer}, {"key", key_id}, {"outcome", name_of(proto::errc::auth_failed)}};
    if (penalty.count() > 0) fields["refused_ms"] = penalty.count();
    write(log_level::warning, "login", fields);
}

void audit::revoked(const caller& who, std::string_view why) const {
    if (enabled(log_level::warning))
        write(log_level::warning, "revoked", {{"peer", who.peer}, {"key", who.key_id}, {"why", why}});
}

proto::result<void> audit::reopen() {
    if (!file_) return {};
    return file_->reopen();
}

audit_line::audit_line(const audit& to, std::string_view method, const json::object* params,
                       const proto::trace_context* trace) {
    if (!to.enabled(log_level::info)) return;
    to_ = &to;
    method_ = proto::cut(method, longest_method);
    if (params) subject_ = subject_of(*params);
    if (trace) trace_ = *trace;
    begin_ = std::chrono::steady_clock::now();
}

void audit_line::write(const caller& who, const answer& outcome, std::uint64_t bytes,
                       std::string_view recording) const {
    if (!to_) return;
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin_);
    json::object fields{{"peer", who.peer},
                        {"key", who.key_id},
                        {"method", method_},
                        {"subject", subject_},
                        {"outcome", outcome_of(outcome)},
                        {"bytes", bytes},
                        {"ms", time.count()}};
    if (!recording.empty()) fields["recording"] = recording;
    if (!trace_.traceparent.empty()) fields["traceparent"] = trace_.traceparent;
    if (!trace_.tracestate.empty()) fields["tracestate"] = trace_.tracestate;
    to_->write(log_level::info, "call", fields);
}

} // namespace tug::service
