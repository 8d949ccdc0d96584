#pragma once

#include <tug/exec_result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug {

enum class job_state {
    running,
    ended, ///< There is a result.
    lost,  ///< The process that held it, or its host, went away before there was one.
};

/// "running", "ended" or "lost".
[[nodiscard]] std::string_view name_of(job_state state) noexcept;

/// What is kept of an output of a job: the bytes from `kept_from` on, of all that were written.
struct job_output {
    std::uint64_t bytes = 0;
    std::uint64_t kept_from = 0;
    std::string stalled; ///< "ENOSPC" and the like, where the host of tugd has no room for it. Empty: all is well.
};

/// How a job is.
struct job_info {
    std::string name;
    std::string owner; ///< The id of the key that started it.
    job_state state = job_state::running;
    std::int64_t pid = 0;
    std::vector<std::string> argv; ///< The first of them.
    bool terminal = false;
    std::chrono::system_clock::time_point started;
    std::optional<std::chrono::system_clock::time_point> ended;
    std::optional<exec_result> result; ///< Without output. Of job_state::ended alone.
    std::string why;                   ///< Of job_state::lost: what is known of how that process ended.
    job_output out;
    std::optional<job_output> err; ///< None where stderr goes where stdout goes.
    std::uint64_t input_bytes = 0; ///< That it was given as stdin.
};

/// What came of jobs::start().
struct started_job {
    std::string name;
    bool is_new = true; ///< False where this job was there already: it is the same one, and runs once.
    std::int64_t pid = 0;
};

enum class job_overflow {
    drop, ///< The oldest output is kept no longer.
    end,  ///< The job ends: exec_reason::output_limit.
};

/// How a job is started.
struct job_options {
    std::string name; ///< 1 to 64 of A-Za-z0-9._-, not first a dot. Empty: tugd makes one up.
    std::uint64_t keep_bytes = 64 * 1024 * 1024;   ///< Of each output; 64 KiB to 1 TiB.
    job_overflow overflow = job_overflow::drop;    ///< Where there is more.
    std::chrono::milliseconds keep_for{3'600'000}; ///< After its end.
};

/// Where to begin in an output of a job.
class job_position {
public:
    /// The oldest byte that is kept.
    job_position() = default;

    /// That byte. Where it is kept no longer, range_invalid, with failure::kept_from.
    explicit job_position(std::uint64_t position) : at_(position) {}

    /// What is written from now on.
    [[nodiscard]] static job_position end() {
        job_position out;
        out.end_ = true;
        return out;
    }

    [[nodiscard]] bool is_end() const noexcept { return end_; }

    [[nodiscard]] const std::optional<std::uint64_t>& at() const noexcept { return at_; }

private:
    std::optional<std::uint64_t> at_;
    bool end_ = false;
};

/// How to attach to a job.
struct attach_options {
    job_position out;
    job_position err;
    bool with_stdin = false; ///< One attachment at a time writes stdin: else busy.
    /// The position of the first byte that will be written, in all that the job was given so far: what it has of it
    /// already is dropped. So what was written on a connection that was lost may be written again.
    std::optional<std::uint64_t> input_position;
    bool take_over = false;       ///< Take stdin from the attachment that writes it, which then ends with busy.
    bool reader_keeps_up = false; ///< See command::reader_keeps_up(); the caller must not say it of a terminal.
};

} // namespace tug
