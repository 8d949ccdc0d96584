#include "tug/service/log.hpp"

#include "server/line_writer.hpp"

#include <tug/os/escape.hpp>
#include <tug/proto/envelope.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <mutex>

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

/// Standard error, where a line that can be written at once is: so the last ones before a crash are there. Where its
/// reader does not read, a thread waits for it in the place of the one that has something to say.
class stderr_sink final : public spdlog::sinks::base_sink<std::mutex> {
protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        if ((!later_ || !later_->waits()) && is_ready())
            static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
        else
            write_later(std::string(line.data(), line.size() - 1));
    }

    void flush_() override {}

private:
    static bool is_ready() noexcept {
        pollfd p{STDERR_FILENO, POLLOUT, 0};
        return ::poll(&p, 1, 0) > 0;
    }

    /// Where there is no memory for it, or no thread, the line is lost.
    void write_later(std::string line) noexcept {
        try {
            if (!later_) later_ = line_writer::open("stderr").value();
            later_->add(std::move(line));
        } catch (const std::exception&) {
            return;
        }
    }

    std::unique_ptr<line_writer> later_; ///< From the first line on that had to wait.
};

/// The line of an event is made with its values cut to that, where it would be too long with all of them.
constexpr std::array shorter{256U, 32U};

/// Of a line: its time and level, as the pattern has them.
constexpr std::size_t most_before_text = 64;

std::vector<log::field> cut_to(std::size_t most, std::span<const log::field> fields) {
    std::vector<log::field> out;
    for (const auto& [name, value] : fields)
        out.emplace_back(name, value.size() > most ? std::string(proto::cut(value, most)) + "..." : value);
    return out;
}

} // namespace

/// One logger for all threads: the sink writes each line whole.
struct log::sink {
    spdlog::logger logger{"tugd", std::make_shared<stderr_sink>()};
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
    auto text = format(level, event, fields);
    for (const auto most : shorter)
        if (text.size() + most_before_text >= line_writer::longest) text = format(level, event, cut_to(most, fields));
    sink_->logger.log(spd(level), spdlog::string_view_t(text));
}

std::string log::format(log_level level, std::string_view event, std::span<const field> fields) const {
    if (format_ == log_format::text) return format_text(event, fields);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    return format_json(names[static_cast<std::size_t>(level)], fmt::format("{}.{:03}", ms / 1000, ms % 1000), event,
                       fields);
}

std::string format_text(std::string_view event, std::span<const log::field> fields) {
    std::string out(event);
    for (const auto& [name, value] : fields) {
        out.append(" ").append(name).append("=");
        if (is_plain(value))
            out += value;
        else // JSON's quoting escapes every control character
            out += os::harmless(boost::json::serialize(boost::json::string_view(value)));
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
