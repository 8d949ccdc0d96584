#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

class option_set;
struct host_flags;

/// What the commands about jobs are told beyond the common options.
struct job_flags {
    std::string name;   ///< JOB; of `job start` what --name says, which may be nothing.
    std::string signal; ///< Of `job signal`.
    std::optional<std::uint64_t> keep_bytes;
    std::optional<std::chrono::milliseconds> keep_for;
    bool end_at_limit = false;         ///< --overflow end
    bool follow = false;               ///< logs -f
    std::optional<std::uint64_t> head; ///< logs --head: lines.
    std::optional<std::uint64_t> tail; ///< logs --tail: lines.
    bool only_new = false;             ///< attach --new
    bool take_over = false;            ///< attach --take-over
    bool with_stdin = false;           ///< attach -i

    /// As typed, for take_job().
    struct typed_values {
        std::vector<std::string> words; ///< HOST, JOB, SIGNAL.
        std::string overflow = "drop";
        std::optional<double> keep_for;
        std::optional<std::uint64_t> keep_bytes;
        std::optional<std::uint64_t> head;
        std::optional<std::uint64_t> tail;
    } typed;
};

/// One of these commands: `tug job start` is "job-start".
struct job_command {
    const char* name;
    const char* what;
    void (*add)(option_set& set, job_flags& o); ///< Its flags.
    std::size_t words;                          ///< That stand behind HOST.
};

/// What `job-start` does.
inline constexpr const char* job_start_what =
    "Start a command that outlives its connection: tug job start HOST [--] CMD ARG...";

/// All but `job-start`, which has the flags of exec too.
[[nodiscard]] std::span<const job_command> job_commands();

[[nodiscard]] bool is_job_command(std::string_view name);

/// `job-start` and the like in a text of help as they are typed: `job start`, of the same width.
[[nodiscard]] std::string with_words_as_typed(std::string help);

/// What `tug job --help` prints: the commands about jobs, each with what it does.
[[nodiscard]] std::string job_help();

/// The flags of `job start` beyond those of exec.
void add_job_start(option_set& set, job_flags& o);

/// Takes what was typed, once it is read. HOST where it was typed. Throws usage_error.
[[nodiscard]] std::optional<std::string> take_job(std::string_view command, job_flags& o);

} // namespace tug::cli
