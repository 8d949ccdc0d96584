#pragma once

#include <tug/resource_limits.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

class option_set;

/// What `exec`, `run`, `shell` and `job start` are told beyond the common options.
struct exec_options {
    std::vector<std::string> argv;    ///< The program and its arguments.
    std::optional<std::string> shell; ///< --shell; then argv is empty.
    std::map<std::string, std::string> env;
    std::optional<std::string> cwd;
    std::optional<std::string> user;
    std::optional<std::uint64_t> output_limit;
    std::optional<resource_limits> limits;
    bool clear_env = false;
    bool keep_children = false;
    bool with_stdin = false;
    bool merge = false;
    bool detach = false;             ///< As a job.
    bool reconnect = false;          ///< As a job that is attached to again where the connection is lost.
    bool terminal = false;           ///< -t, and `shell`.
    bool login = false;              ///< The login shell in the place of argv; where `shell` is set too it runs that.
    std::optional<char> escape{'~'}; ///< Nothing: no escapes.
    std::optional<std::chrono::milliseconds> grace;

    /// As typed, for take_exec().
    struct typed_values {
        std::vector<std::string> env;
        std::vector<std::string> env_files;
        std::uint64_t output_limit = 0;
        std::string shell;
        std::string cwd;
        std::string user;
        std::optional<double> grace;
        std::vector<std::string> limits;
        std::string escape = "~";
    } typed;
};

/// Whether the command is one of these.
[[nodiscard]] bool runs_command(std::string_view command);

/// Their flags, without HOST.
void add_exec(option_set& set, exec_options& o);

/// The flag that `exec` has alone.
void add_reconnect(option_set& set, exec_options& o);
void add_shell(option_set& set, exec_options& o);

/// Takes what was typed, once it is read. Precondition: argv is what stood in the command line. Throws usage_error.
void take_exec(const option_set& set, std::string_view command, exec_options& o);

[[nodiscard]] std::chrono::milliseconds milliseconds_of(double in_seconds);

} // namespace tug::cli
