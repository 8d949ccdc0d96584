#pragma once

#include <tug/proto/exec_messages.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tug {

/// A command to run: `tug::command("make", "-j4").in("/src").env("K", "V").timeout(5s)`. A plain value; it does nothing
/// by itself. What is wrong with it (an empty argv, a name with '=') is found by tugd: invalid_params.
class command {
public:
    /// Bytes of stdout and stderr together that exec() keeps unless told otherwise.
    static constexpr std::uint64_t default_collect = 16 * 1024 * 1024;

    /// The program and its arguments, passed unchanged: no shell takes part.
    template <class... Args>
        requires(std::convertible_to<Args, std::string> && ...)
    explicit command(std::string program, Args&&... arguments) {
        params_.argv.reserve(1 + sizeof...(arguments));
        params_.argv.push_back(std::move(program));
        (params_.argv.emplace_back(std::forward<Args>(arguments)), ...);
    }

    /// The whole argv.
    explicit command(std::vector<std::string> argv) { params_.argv = std::move(argv); }

    /// A script for `/bin/sh -c`: `tug::command::shell("echo $HOME")`.
    [[nodiscard]] static command shell(std::string script) {
        command c{std::vector<std::string>()};
        c.params_.shell = std::move(script);
        return c;
    }

    /// The working directory, a path below the root of tugd. Default: that root.
    command& in(std::string directory);
    /// A variable over the environment of tugd.
    command& env(std::string name, std::string value);
    /// Only what env() sets.
    command& clear_env(bool yes = true);
    /// Ends the command after that time; exec_reason::timed_out. At least 1 ms, at most 24 h; what is beyond is cut.
    command& timeout(std::chrono::milliseconds limit);
    /// Ends the command with the byte after these, stdout and stderr together; exec_reason::output_limit.
    command& output_limit(std::uint64_t bytes);
    /// Gives it a stdin, written by process::write(). Without it, it reads /dev/null.
    command& with_stdin(bool yes = true);
    /// Gives it a stdin of these bytes.
    command& input(std::string bytes);
    /// Spares children that outlive a command which exited by itself.
    command& keep_children(bool yes = true);
    /// Sends stderr where stdout goes, in the order of the writes: all output is then output_stream::out.
    command& merge(bool yes = true);
    /// How long its processes have between SIGTERM and SIGKILL where they are ended; at most 60 s, what is beyond is
    /// cut. Default: 2 s.
    command& grace(std::chrono::milliseconds time);
    /// What client::exec() keeps of the output, in bytes; beyond it the command is ended: exec_reason::output_limit.
    /// It has no effect on client::start(). Default: default_collect.
    command& collect_at_most(std::uint64_t bytes);

    [[nodiscard]] const proto::exec_params& params() const noexcept { return params_; }

    [[nodiscard]] const std::optional<std::string>& input() const noexcept { return input_; }

    [[nodiscard]] std::uint64_t collect_at_most() const noexcept { return collect_; }

    /// For client::exec(): takes the input out of it.
    [[nodiscard]] std::optional<std::string> take_input() { return std::exchange(input_, std::nullopt); }

private:
    proto::exec_params params_;
    std::optional<std::string> input_;
    std::uint64_t collect_ = default_collect;
};

/// Why a command ended: exited, signaled, timed_out, cancelled or output_limit.
using exec_reason = proto::exec_reason;
using proto::name_of;
using resource_usage = proto::resource_usage;
/// session, or cgroup: in this case nothing of the command can have escaped, unless it is root or became it.
using containment = proto::containment;
using stream_summary = proto::stream_summary;

/// How a command ended; there is one whenever it was started. An exit code other than 0 is a value, no error.
struct exec_result {
    exec_reason reason = exec_reason::exited;
    std::optional<int> exit_code;      ///< Where it ended by itself.
    std::optional<std::string> signal; ///< The name without SIG, where a signal ended it. Never both.
    std::string out;                   ///< stdout; of client::exec() alone.
    std::string err;                   ///< stderr; of client::exec() alone.
    stream_summary out_summary;        ///< What tugd sent of stdout, and its digest.
    stream_summary err_summary;        ///< Empty with command::merge().
    resource_usage usage;
    std::chrono::microseconds wall{0};
    std::optional<containment> contained_by; ///< How its processes were held together; nothing from an older tugd.
    /// Its processes that could not be ended: the kernel holds them. Nothing where tugd could not find out or is older.
    std::optional<std::uint64_t> survivors;

    /// It exited by itself with code 0.
    [[nodiscard]] bool ok() const noexcept { return reason == exec_reason::exited && exit_code == 0; }
};

} // namespace tug
