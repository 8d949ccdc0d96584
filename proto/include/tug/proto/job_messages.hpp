#pragma once

#include "tug/proto/described.hpp"
#include "tug/proto/exec_messages.hpp"
#include "tug/proto/stream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tug::proto {

// The messages of `job.*`: commands that outlive their connection.

inline constexpr std::size_t max_job_name = 64;

/// 1 to 64 of `A-Za-z0-9._-`, not first a dot: it is the name of a directory, and leads into no other.
[[nodiscard]] bool is_job_name(std::string_view name) noexcept;

/// What a job does whose output is more than it keeps of it.
enum class job_overflow {
    drop, ///< The oldest bytes are kept no longer.
    end,  ///< The job ends.
};

inline constexpr std::uint64_t default_keep_bytes = 64 * 1024 * 1024;
inline constexpr std::uint64_t default_keep_ms = 3'600'000;

/// The params of `job.start`: those of `exec`, and how the job is kept.
struct job_start_params {
    static constexpr std::string_view method = "job.start";

    exec_params command;                           ///< Its timeout_ms is how long the job may take.
    std::string job;                               ///< Empty: the server makes a name up.
    std::uint64_t keep_bytes = default_keep_bytes; ///< Of each output.
    job_overflow overflow = job_overflow::drop;
    std::uint64_t keep_ms = default_keep_ms; ///< After its end.
    std::optional<std::uint64_t> timeout_ms; ///< None: the call is short.

    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] static result<job_start_params> parse(const boost::json::object& params,
                                                        const exec_limits& most = exec_limits());
    [[nodiscard]] static boost::json::array describe();
};

struct job_start_result : described_result<job_start_result> {
    std::string job;
    bool is_new = true; ///< False where a job of this name and these params was there.
    std::int64_t pid = 0;
};

/// Where an attachment begins in an output.
class job_position {
public:
    enum class kind { none, kept, end, at };

    job_position() = default;

    explicit job_position(kind k) : kind_(k) {}

    explicit job_position(std::uint64_t position) : kind_(kind::at), position_(position) {}

    [[nodiscard]] kind type() const noexcept { return kind_; }

    /// Precondition: type() is `at`.
    [[nodiscard]] std::uint64_t position() const noexcept { return position_; }

    friend bool operator==(const job_position&, const job_position&) = default;

private:
    kind kind_ = kind::kept;
    std::uint64_t position_ = 0;
};

/// Whether an attachment writes stdin.
struct job_stdin {
    bool wanted = false;
    /// Of the first byte that it will send, in all that the job has been given: what the job has of it already is
    /// dropped. Nothing: it goes on where the job is.
    std::optional<std::uint64_t> from;

    friend bool operator==(const job_stdin&, const job_stdin&) = default;
};

/// The params of `job.attach`.
struct job_attach_params : described_params<job_attach_params> {
    static constexpr std::string_view method = "job.attach";
    std::string job;
    job_position standard_output;
    job_position standard_error;
    job_stdin standard_input;
    bool take_over = false;
    std::optional<std::uint64_t> timeout_ms;

    /// stdout and stderr unless they are not wanted, and stdin.
    [[nodiscard]] std::vector<stream_spec> streams() const;
};

struct job_wait_params : described_params<job_wait_params> {
    static constexpr std::string_view method = "job.wait";
    std::string job;
    std::optional<std::uint64_t> timeout_ms;
};

struct job_status_params : described_params<job_status_params> {
    static constexpr std::string_view method = "job.status";
    std::string job;
    std::optional<std::uint64_t> timeout_ms;
};

struct job_cancel_params : described_params<job_cancel_params> {
    static constexpr std::string_view method = "job.cancel";
    std::string job;
    std::optional<std::uint64_t> timeout_ms;
};

struct job_remove_params : described_params<job_remove_params> {
    static constexpr std::string_view method = "job.remove";
    std::string job;
    std::optional<std::uint64_t> timeout_ms;
};

struct job_signal_params : described_params<job_signal_params> {
    static constexpr std::string_view method = "job.signal";
    std::string job;
    std::string signal; ///< A name of `kill -l` without SIG.
    std::optional<std::uint64_t> timeout_ms;
};

struct job_resize_params : described_params<job_resize_params> {
    static constexpr std::string_view method = "job.resize";
    std::string job;
    std::uint16_t rows = 0;
    std::uint16_t cols = 0;
    std::optional<std::uint64_t> timeout_ms;
};

struct job_list_params : described_params<job_list_params> {
    static constexpr std::string_view method = "job.list";
    std::optional<std::uint64_t> timeout_ms;

    [[nodiscard]] std::vector<stream_spec> streams() const;
};

struct job_list_result : described_result<job_list_result> {
    std::uint64_t jobs = 0;
};

enum class job_state {
    running,
    ended, ///< There is a result.
    lost,  ///< The holder or the host of the job went away before it wrote a result: there is none.
};

[[nodiscard]] std::string_view name_of(job_state state) noexcept;

/// What is kept of an output: the bytes from kept_from on, to the last.
struct job_output : described_result<job_output> {
    std::uint64_t bytes = 0; ///< That were written.
    std::uint64_t kept_from = 0;
    std::string stalled; ///< The errno for which the command's output waits, or is dropped: ENOSPC.

    friend bool operator==(const job_output& a, const job_output& b) {
        return a.bytes == b.bytes && a.kept_from == b.kept_from && a.stalled == b.stalled;
    }
};

/// What `job.status` answers, and a line of `job.list`.
struct job_info : described_result<job_info> {
    std::string job;
    std::string owner; ///< The id of the key that started it; empty where there were no keys.
    job_state state = job_state::running;
    std::int64_t pid = 0;
    std::vector<std::string> argv; ///< The first of them: at most max_shown_argv bytes.
    bool terminal = false;
    std::uint64_t started_ms = 0; ///< Since 1970, as the others.
    std::optional<std::uint64_t> ended_ms;
    std::optional<exec_result> result;
    std::string why; ///< Of job_state::lost: what is known of how the holder ended.
    job_output standard_output;
    std::optional<job_output> standard_error; ///< None where stderr goes where stdout goes.
    std::uint64_t input_bytes = 0;            ///< That the command was given as stdin.
};

inline constexpr std::size_t max_shown_argv = 4096;

} // namespace tug::proto
