#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tug {

/// Why a command ended.
enum class exec_reason {
    exited,       ///< By itself, with a code.
    signaled,     ///< By a signal that tugd had no part in.
    timed_out,    ///< It was ended after command::timeout().
    cancelled,    ///< It was ended because its call was cancelled.
    output_limit, ///< It was ended because it wrote more than command::output_limit().
    memory_limit, ///< The kernel ended it because its processes had more memory than they may.
    cpu_limit,    ///< It was ended because it used more processor time than it may.
};

/// "exited", "signaled", "timed_out", "cancelled", "output_limit", "memory_limit" or "cpu_limit".
[[nodiscard]] std::string_view name_of(exec_reason reason) noexcept;

/// How the processes of a command were held together, so that all of them could be found.
enum class containment {
    session, ///< By session, parents and a mark that is inherited; one that sheds them all on purpose escapes.
    cgroup,  ///< By a cgroup of its own as well: nothing can have escaped, unless it is root or became it.
};

/// "session" or "cgroup".
[[nodiscard]] std::string_view name_of(containment by) noexcept;

/// What tugd sent of one output stream.
struct stream_summary {
    std::uint64_t bytes = 0;
    std::string digest; ///< "xxh3-128:<hex>"

    friend bool operator==(const stream_summary&, const stream_summary&) = default;
};

/// What a command used, with the children that it waited for.
struct resource_usage {
    std::uint64_t user_us = 0;
    std::uint64_t system_us = 0;
    std::uint64_t max_rss_bytes = 0;
    std::optional<std::uint64_t> memory_peak_bytes; ///< Of all its processes together. These where tugd can count them.
    std::optional<std::uint64_t> read_bytes;        ///< From disks.
    std::optional<std::uint64_t> written_bytes;

    friend bool operator==(const resource_usage&, const resource_usage&) = default;
};

/// How a command ended; there is one whenever it was started. An exit code other than 0 is a value, no error.
struct exec_result {
    exec_reason reason = exec_reason::exited;
    std::optional<int> exit_code;      ///< Where it ended by itself.
    std::optional<std::string> signal; ///< The name without SIG, where a signal ended it. Never both.
    std::string out;                   ///< stdout; of client::exec() alone.
    std::string err;                   ///< stderr; of client::exec() alone.
    stream_summary out_summary;        ///< What tugd sent of stdout, and its digest.
    stream_summary err_summary;        ///< Empty with command::merge() and command::terminal().
    resource_usage usage;
    std::chrono::microseconds wall{0};
    std::optional<containment> contained_by; ///< Nothing from an older tugd.
    /// Its processes that could not be ended: the kernel holds them. Nothing where tugd could not find out or is older.
    std::optional<std::uint64_t> survivors;

    /// It exited by itself with code 0.
    [[nodiscard]] bool ok() const noexcept { return reason == exec_reason::exited && exit_code == 0; }
};

} // namespace tug
