#include "tug/service/log.hpp"

#include <tug/os/escape.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace tug::service {

namespace {

constexpr std::array names{"debug", "info", "warning", "error", "off"};

spdlog::level::level_enum spd(log_level level) noexcept {
    constexpr std::array levels{spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err,
                                spdlog::level::off};
    return levels[static_cast<std::size_t>(level)];
}

bool is_plain(std::string_view value) noexcept {
    if (value.empty()) return false;
    return std::ranges::all_of(
        value, [](unsigned char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '='; });
}

} // namespace

/// One logger for all threads: spdlog's _mt sink writes each line whole.
struct log::sink {
    spdlog::logger logger{"tugd", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
};

log::log(log_level level, log_format format) : level_(level), format_(format), sink_(std::make_unique<sink>()) {
    sink_->logger.set_level(spd(level));
    sink_->logger.set_pattern(format == log_format::json ? "%v" : "%Y-%m-%dT%H:%M:%S.%e%z %l %v");
}

log::~log() = default;

void log::debug(std::string_view event, std::initializer_list<field> fields) const {
    write(log_level::debug, event, {fields.begin(), fields.end()});
}

void log::info(std::string_view event, std::initializer_list<field> fields) const {
    write(log_level::info, event, {fields.begin(), fields.end()});
}

void log::warning(std::string_view event, std::initializer_list<field> fields) const {
    write(log_level::warning, event, {fields.begin(), fields.end()});
}

void log::error(std::string_view event, std::initializer_list<field> fields) const {
    write(log_level::error, event, {fields.begin(), fields.end()});
}

void log::write(log_level level, std::string_view event, std::span<const field> fields) const {
    if (!enabled(level)) return;
    if (format_ == log_format::text) {
        sink_->logger.log(spd(level), "{}", format_text(event, fields));
        return;
    }
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    sink_->logger.log(spd(level), "{}",
                      format_json(names[static_cast<std::size_t>(level)], fmt::format("{}.{:03}", ms / 1000, ms % 1000),
                                  event, fields));
}

std::string format_text(std::string_view event, std::span<const log::field> fields) {
    std::string out(event);
    for (const auto& [name, value] : fields) {
        out.append(" ").append(name).append("=");
        // JSON's quoting escapes every control character.
        out += is_plain(value) ? value : os::harmless(boost::json::serialize(boost::json::string_view(value)));
    }
    return out;
}

std::string format_json(std::string_view level, std::string_view time, std::string_view event,
                        std::span<const log::field> fields) {
    boost::json::object out{{"time", time}, {"level", level}, {"event", event}};
    for (const auto& [name, value] : fields) out[name] = value;
    return os::harmless(boost::json::serialize(out));
}

} // namespace tug::service
