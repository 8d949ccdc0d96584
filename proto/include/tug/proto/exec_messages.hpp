#pragma once

#include "tug/proto/envelope.hpp"
#include "tug/proto/error.hpp"
#include "tug/proto/limits.hpp"
#include "tug/proto/stream.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::proto {

inline constexpr std::size_t max_argv = 65'536;
inline constexpr std::size_t max_env = 4'096;
inline constexpr std::uint64_t max_grace_ms = 60'000;
inline constexpr std::uint64_t default_grace_ms = 2'000;

/// How much of it one `exec` may have.
struct exec_limits {
    std::size_t argv = max_argv; ///< Items of argv.
    std::size_t env = max_env;   ///< Members of env.
};

/// A terminal that a command is to have.
struct terminal_params {
    std::uint16_t rows = 0;
    std::uint16_t cols = 0;
    std::string term = "xterm"; ///< TERM in the environment of the command.

    friend bool operator==(const terminal_params&, const terminal_params&) = default;
};

/// How much a command may have. What is absent is not limited, or as the server decides.
struct resource_limits {
    std::optional<std::uint64_t> memory_bytes; ///< Of all its processes together.
    std::optional<std::uint64_t> processes;    ///< At once.
    std::optional<std::uint64_t> cpu_ms;       ///< Of each process.
    std::optional<std::uint64_t> open_files;   ///< Of each process.
    std::optional<std::uint64_t> file_bytes;   ///< The size of a file that it writes.
    std::optional<std::int64_t> nice;          ///< -20 to 19.

    friend bool operator==(const resource_limits&, const resource_limits&) = default;
};

/// The params of `exec`. One of argv, shell and login is set. argv, shell, cwd and env hold bytes, which need not be
/// UTF-8.
struct exec_params {
    static constexpr std::string_view method = "exec";

    std::vector<std::string> argv;
    std::optional<std::string> shell;
    bool login = false; ///< The login shell of the user.
    std::optional<std::string> cwd;
    std::map<std::string, std::string> env;
    bool clear_env = false;
    bool with_stdin = false;
    std::optional<terminal_params> pty; ///< It runs in a terminal; there is no stream `stderr`.
    std::optional<std::string> user;    ///< NAME or UID, each also with `:GROUP`.
    std::optional<resource_limits> limits;
    std::optional<std::uint64_t> output_limit; ///< Bytes of stdout and stderr together.
    bool keep_children = false;
    bool report_start = false;             ///< `rpc.started` says when the program runs.
    bool merge = false;                    ///< stderr goes where stdout goes; there is no stream `stderr`.
    std::optional<std::uint64_t> grace_ms; ///< Between SIGTERM and SIGKILL; default_grace_ms where absent.
    std::optional<std::uint64_t> timeout_ms;

    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] static result<exec_params> parse(const boost::json::object& params,
                                                   const exec_limits& most = exec_limits());
    /// What the params are, as rpc.discover shows it.
    [[nodiscard]] static boost::json::array describe();

    /// stderr has no stream of its own.
    [[nodiscard]] bool one_output() const noexcept { return merge || pty.has_value(); }

    /// The streams of a call with these params; see stdin_index and the others.
    [[nodiscard]] std::vector<stream_spec> streams() const;
};

/// Where the streams of exec are among those of their direction.
inline constexpr std::size_t stdin_index = 0;
inline constexpr std::size_t stdout_index = 0;
inline constexpr std::size_t stderr_index = 1; ///< Not with exec_params::one_output().

/// Why a command ended.
enum class exec_reason { exited, signaled, timed_out, cancelled, output_limit, memory_limit, cpu_limit };

[[nodiscard]] std::string_view name_of(exec_reason reason) noexcept;
[[nodiscard]] std::optional<exec_reason> exec_reason_from_name(std::string_view name) noexcept;

/// What was sent of one output stream.
struct stream_summary {
    std::uint64_t bytes = 0;
    std::string digest;        ///< "xxh3-128:<hex>"
    std::uint64_t dropped = 0; ///< Of a job: bytes that were kept no longer when their turn came.

    friend bool operator==(const stream_summary&, const stream_summary&) = default;
};

struct resource_usage {
    std::uint64_t user_us = 0;
    std::uint64_t system_us = 0;
    std::uint64_t max_rss_bytes = 0;
    std::optional<std::uint64_t> memory_peak_bytes; ///< Of all processes together. These where a cgroup counts them.
    std::optional<std::uint64_t> read_bytes;        ///< From disks.
    std::optional<std::uint64_t> written_bytes;

    friend bool operator==(const resource_usage&, const resource_usage&) = default;
};

/// What tied the processes of a command together, so that all of them could be found.
enum class containment {
    session, ///< Session, parents and a mark that is inherited; one that sheds them all on purpose escapes.
    cgroup,  ///< A cgroup of its own as well, which none leaves but root.
};

[[nodiscard]] std::string_view name_of(containment by) noexcept;

/// The result of `exec`: there is one whenever the process was started.
struct exec_result {
    exec_reason reason = exec_reason::exited;
    std::optional<int> exit_code;      ///< Where the process ended by itself, or by exiting on a signal.
    std::optional<std::string> signal; ///< The name without SIG, where a signal ended it. Never both.
    stream_summary standard_output;
    std::optional<stream_summary> standard_error; ///< Nothing with exec_params::one_output().
    resource_usage usage;
    std::uint64_t wall_us = 0;
    std::optional<containment> contained_by; ///< Nothing where the server does not say, or says what we do not know.
    /// Processes that were to be ended and could not be. Nothing where the server does not know or does not say.
    std::optional<std::uint64_t> survivors;

    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] boost::json::object to_json(boost::json::storage_ptr memory) const; ///< In that memory.
    [[nodiscard]] static result<exec_result> parse(const boost::json::object& from);
    [[nodiscard]] static boost::json::object describe();
};

/// The params of `exec.signal`.
struct signal_params {
    static constexpr std::string_view method = "exec.signal";

    call_id call;       ///< Of the exec.
    std::string signal; ///< A name of `kill -l` without SIG.
    std::optional<std::uint64_t> timeout_ms;

    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] static result<signal_params> parse(const boost::json::object& params);
    [[nodiscard]] static boost::json::array describe();
};

/// The params of `exec.resize`.
struct resize_params {
    static constexpr std::string_view method = "exec.resize";

    call_id call; ///< Of the exec.
    std::uint16_t rows = 0;
    std::uint16_t cols = 0;
    std::optional<std::uint64_t> timeout_ms;

    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] static result<resize_params> parse(const boost::json::object& params);
    [[nodiscard]] static boost::json::array describe();
};

} // namespace tug::proto
