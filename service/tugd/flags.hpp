#pragma once

#include <tug/service/options.hpp>

#include <CLI/CLI.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tug::service {

/// A check for CLI::Option::transform(): see <tug/os/flag_numbers.hpp>.
[[nodiscard]] CLI::Validator whole_number(std::uint64_t lowest, std::uint64_t highest);
[[nodiscard]] CLI::Validator seconds(double lowest, double highest);

/// Declares flags, each with its environment variable and its default in the help.
class flag_maker {
public:
    explicit flag_maker(CLI::App& app) : app_(&app) {}

    /// The flags declared from now on stand under this title in the help.
    void group(const std::string& title) { group_ = title; }

    template <class T>
    CLI::Option* value(const std::string& name, T& to, const std::string& help) {
        return app_->add_option("--" + name, to, help)
            ->envname(variable_of(name))
            ->capture_default_str()
            ->group(group_);
    }

    CLI::Option* flag(const std::string& name, bool& to, const std::string& help) {
        return app_->add_flag("--" + name, to, help)->envname(variable_of(name))->group(group_);
    }

    /// --max-in-flight -> TUG_MAX_IN_FLIGHT
    [[nodiscard]] static std::string variable_of(const std::string& name);

private:
    CLI::App* app_;
    std::string group_ = "Options";
};

// The flags come in groups, each with a file of its own: what they hold before it is checked, their declaration, and
// what they mean for the server.

/// Limits on sizes, numbers and times: limit_flags.cpp. The table in docs/limits.md names each of them.
struct limit_flags {
    options server;                           ///< The numbers, with their defaults.
    std::optional<std::uint64_t> command_cpu; ///< Seconds.
    double opening = 10;
    double failed_login_delay = 0.25;
    double envelope_time = 30;
    double body_time = 30;
    double write_time = 30;
    std::uint64_t keep_partial = 86'400; ///< Seconds.
    double first_penalty = 1;
    double last_penalty = 300;

    void declare(flag_maker& make);
    void apply(options& to) const;
};

/// Who is let in as whom, and what is noted of it: access_flags.cpp.
struct access_flags {
    bool limit_loopback = false;
    std::string audit = options().audit;
    std::string exec_user;
    recording_options recording;
    bool record_keys_only = false;
    std::vector<std::string> allow_connect;
    std::vector<std::string> allow_listen;
    std::vector<std::string> proxy_from;

    void declare(flag_maker& make);
    void apply(options& to) const;
};

} // namespace tug::service
