#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tug::service {

enum class log_level { debug, info, warning, error, off };
enum class log_format { text, json };

/// Writes one line an event to stderr: a fixed event name and named values. Control characters in values are escaped,
/// and values of a line that would be longer than 4 KiB are cut; bodies and secrets are never passed here. A caller
/// waits for no reader of stderr: 4 MiB wait for it, more is lost, and a line says how much once it reads again; the
/// destructor waits a second for it. Thread safe.
class log {
public:
    using field = std::pair<std::string_view, std::string>;

    log(log_level level, log_format format);
    ~log();
    log(const log&) = delete;
    log& operator=(const log&) = delete;

    void debug(std::string_view event, std::initializer_list<field> fields = {}) const;
    void info(std::string_view event, std::initializer_list<field> fields = {}) const;
    void warning(std::string_view event, std::initializer_list<field> fields = {}) const;
    void error(std::string_view event, std::initializer_list<field> fields = {}) const;

    /// The same with fields whose number is not known before.
    void write(log_level level, std::string_view event, std::span<const field> fields) const;

    [[nodiscard]] bool enabled(log_level level) const noexcept { return level >= level_; }

private:
    [[nodiscard]] std::string format(log_level level, std::string_view event, std::span<const field> fields) const;

    log_level level_;
    log_format format_;
    struct sink;
    std::unique_ptr<sink> sink_;
};

/// The line of an event without time and level, e.g. `login key=k1 peer="a b"` or the members of a JSON object.
[[nodiscard]] std::string format_text(std::string_view event, std::span<const log::field> fields);
[[nodiscard]] std::string format_json(std::string_view level, std::string_view time, std::string_view event,
                                      std::span<const log::field> fields);

} // namespace tug::service
