#include "server/audit.hpp"

namespace tug::service {

namespace json = boost::json;

namespace {

std::string text_of(const json::value* v) {
    const auto* text = v ? v->if_string() : nullptr;
    return text ? std::string(*text) : std::string();
}

std::string subject_of(const json::object& params) {
    if (const auto* argv = params.if_contains("argv"))
        return argv->is_array() && !argv->get_array().empty() ? text_of(&argv->get_array().front()) : std::string();
    if (params.contains("shell")) return "/bin/sh";
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

} // namespace

audit_line::audit_line(std::string_view method, const json::object& params)
    : method_(method), subject_(subject_of(params)) {}

void audit_line::write(const log& to, const caller& who, const answer& outcome, std::uint64_t bytes) const {
    if (!to.enabled(log_level::info)) return;
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin_);
    to.info("call", {{"peer", who.peer},
                     {"key", who.key_id},
                     {"method", method_},
                     {"subject", subject_},
                     {"outcome", outcome_of(outcome)},
                     {"bytes", std::to_string(bytes)},
                     {"ms", std::to_string(time.count())}});
}

} // namespace tug::service
