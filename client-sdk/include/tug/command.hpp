#pragma once

#include <tug/exec_result.hpp>
#include <tug/resource_limits.hpp>
#include <tug/terminal.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tug {

/// A command to run: `tug::command("make", "-j4").in("/src").env("K", "V").timeout(5s)`. A plain value; it does nothing
/// by itself. What is wrong with it (an empty argv, a name with '=') is found by tugd: invalid_params.
///
/// Setters of a temporary return it as a temporary: `tug::command c = tug::command("x").input(std::move(big))` moves
/// everything and copies nothing.
class command {
public:
    /// Bytes of stdout and stderr together that exec() keeps unless told otherwise.
    static constexpr std::uint64_t default_collect = 16 * 1024 * 1024;
    /// Between SIGTERM and SIGKILL unless told otherwise.
    static constexpr std::chrono::milliseconds default_grace{2'000};

    /// What was set, for those who show or store a command.
    struct settings_type {
        std::vector<std::string> argv;    ///< Empty where `shell` is set.
        std::optional<std::string> shell; ///< The script of shell(), or the line of login().
        bool login = false;               ///< Made by login().
        std::optional<std::string> directory;
        std::optional<std::string> user;
        std::map<std::string, std::string> env;
        std::optional<std::string> input;
        std::optional<tug::terminal> terminal;
        std::optional<resource_limits> limits;
        std::optional<std::uint64_t> output_limit;
        std::optional<std::chrono::milliseconds> timeout;
        std::optional<std::chrono::milliseconds> grace;
        std::uint64_t collect_at_most = default_collect;
        bool clear_env = false;
        bool with_stdin = false; ///< Also where `input` is set.
        bool keep_children = false;
        bool merge = false;
        bool report_start = false;
        bool reader_keeps_up = false;
    };

    /// The program and its arguments, passed unchanged: no shell takes part.
    template <class... Args>
        requires(std::convertible_to<Args, std::string> && ...)
    explicit command(std::string program, Args&&... arguments) {
        set_.argv.reserve(1 + sizeof...(arguments));
        set_.argv.push_back(std::move(program));
        (set_.argv.emplace_back(std::forward<Args>(arguments)), ...);
    }

    /// The whole argv.
    explicit command(std::vector<std::string> argv) { set_.argv = std::move(argv); }

    /// A script for `/bin/sh -c`: `tug::command::shell("echo $HOME")`.
    [[nodiscard]] static command shell(std::string script) {
        command c{std::vector<std::string>()};
        c.set_.shell = std::move(script);
        return c;
    }

    /// The login shell of the user, in its home where that lies below the root of tugd: with terminal() and
    /// with_stdin() what `ssh HOST` gives. exec_not_found where the host has no shell.
    [[nodiscard]] static command login() {
        command c{std::vector<std::string>()};
        c.set_.login = true;
        return c;
    }

    /// A line that the shell of the user runs, in its home where that lies below the root: what `ssh HOST LINE` does.
    [[nodiscard]] static command login(std::string line) {
        auto c = login();
        c.set_.shell = std::move(line);
        return c;
    }

    /// Runs it as that user: NAME or UID, each also with ":GROUP". permission_denied unless tugd runs as root and the
    /// key has a user= that matches.
    command& user(std::string name) &;

    command&& user(std::string name) && { return std::move(user(std::move(name))); }

    /// The working directory, a path below the root of tugd. Default: that root.
    command& in(std::string directory) &;

    command&& in(std::string directory) && { return std::move(in(std::move(directory))); }

    /// A variable over the environment of tugd.
    command& env(std::string name, std::string value) &;

    command&& env(std::string name, std::string value) && { return std::move(env(std::move(name), std::move(value))); }

    /// Only what env() sets.
    command& clear_env(bool yes = true) &;

    command&& clear_env(bool yes = true) && { return std::move(clear_env(yes)); }

    /// Ends the command after that time; exec_reason::timed_out. At least 1 ms, at most 24 h; what is beyond is cut.
    command& timeout(std::chrono::milliseconds limit) &;

    command&& timeout(std::chrono::milliseconds limit) && { return std::move(timeout(limit)); }

    /// Ends the command with the byte after these, stdout and stderr together; exec_reason::output_limit.
    command& output_limit(std::uint64_t bytes) &;

    command&& output_limit(std::uint64_t bytes) && { return std::move(output_limit(bytes)); }

    /// Gives it a stdin, written by process::write(). Without it, it reads /dev/null.
    command& with_stdin(bool yes = true) &;

    command&& with_stdin(bool yes = true) && { return std::move(with_stdin(yes)); }

    /// Gives it a stdin of these bytes.
    command& input(std::string bytes) &;

    command&& input(std::string bytes) && { return std::move(input(std::move(bytes))); }

    /// Runs it in a terminal of its own, of that size and kind: all output is then output_stream::out, and the end of
    /// its input is typed as Ctrl-D (the terminal's VEOF character). With with_stdin() what is written is typed there;
    /// without it nothing is. See process::resize().
    command& terminal(tug::terminal what) &;

    command&& terminal(tug::terminal what) && { return std::move(terminal(std::move(what))); }

    /// Holds it to these limits. More than the operator of tugd allows is invalid_params.
    command& limits(resource_limits what) &;

    command&& limits(resource_limits what) && { return std::move(limits(what)); }

    /// Spares children that outlive a command which exited by itself.
    command& keep_children(bool yes = true) &;

    command&& keep_children(bool yes = true) && { return std::move(keep_children(yes)); }

    /// Sends stderr where stdout goes, in the order of the writes: all output is then output_stream::out.
    command& merge(bool yes = true) &;

    command&& merge(bool yes = true) && { return std::move(merge(yes)); }

    /// tugd says when the program runs, before its first output: see process::started().
    command& report_start(bool yes = true) &;

    command&& report_start(bool yes = true) && { return std::move(report_start(yes)); }

    /// How long its processes have between SIGTERM and SIGKILL where they are ended; at most 60 s, what is beyond is
    /// cut. Default: default_grace.
    command& grace(std::chrono::milliseconds time) &;

    command&& grace(std::chrono::milliseconds time) && { return std::move(grace(time)); }

    /// What client::exec() keeps of the output, in bytes; beyond it the command is ended: exec_reason::output_limit.
    /// It has no effect on client::start(). Default: default_collect.
    command& collect_at_most(std::uint64_t bytes) &;

    command&& collect_at_most(std::uint64_t bytes) && { return std::move(collect_at_most(bytes)); }

    /// What client::start() gives is read as fast as it comes: stdout goes to a file or to memory, or is dropped. On a
    /// link with a round trip of 5 ms or more tugd may then send at once what its window could grow to
    /// (connect_options::max_window()); else the reader is seen to keep up first, which takes a round trip, and may let
    /// no more than 1 MiB wait until then. For a terminal it has no effect; exec() says it for what it keeps.
    command& reader_keeps_up(bool yes = true) &;

    command&& reader_keeps_up(bool yes = true) && { return std::move(reader_keeps_up(yes)); }

    [[nodiscard]] const settings_type& settings() const& noexcept { return set_; }

    [[nodiscard]] settings_type&& settings() && noexcept { return std::move(set_); }

private:
    settings_type set_;
};

} // namespace tug
