#pragma once

#include "blocking_thread.hpp"
#include "control.hpp"
#include "options.hpp"

#include <tug/client.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tug::cli {

/// What every command works with, made by main().
struct invocation {
    explicit invocation(boost::asio::io_context& io)
        : ctl(io), input(io.get_executor()), output(io.get_executor()), keys(io.get_executor()) {}

    /// No thread hangs in a read or write; else the program has to end by std::_Exit().
    [[nodiscard]] bool idle() const noexcept { return input.idle() && output.idle() && keys.idle(); }

    control ctl;
    blocking_thread input;
    blocking_thread output;
    blocking_thread keys; ///< Reads the key, also while a read of standard input goes on.
};

/// The W3C trace that calls belong to; empty: none.
struct trace_ids {
    trace_ids() = default;

    std::string parent;
    std::string state;
};

/// That of TRACEPARENT and TRACESTATE.
[[nodiscard]] trace_ids trace_of_environment();

/// How the options say to connect, with the key that they name.
[[nodiscard]] boost::asio::awaitable<connect_options> connect_options_of(const options& o, invocation& s,
                                                                         trace_ids trace);

/// Connects to `address` and logs in where there is a key file. Throws tug::error, and usage_error for an address that
/// is none. Cancellable, also while a pipe that gives the key is waited for.
[[nodiscard]] boost::asio::awaitable<client> connect(const options& o, invocation& s, std::string address,
                                                     trace_ids trace = trace_of_environment());

/// The address that the command line names.
[[nodiscard]] std::string address_of(const options& o);

/// The path on the host that a put or get names.
[[nodiscard]] std::string path_of(const options& o);

/// The paths on the host that one of path_commands() names. Throws usage_error where they name more than one host.
[[nodiscard]] std::vector<std::string> paths_of(const options& o);

/// Prints the error that a call ended with and returns the exit code for it; where it is that the reader of the output
/// has left, see die_by_sigpipe(). Called inside a catch block; rethrows usage_error.
[[nodiscard]] int report_failure(const options& o, const control& ctl);

/// Prints a failure, its object too where JSON is asked for; a command may go on with its next path.
void report_one(const options& o, const failure& why);

/// The exit code of a command for a failure of its call, and of `exec` for one of tug itself.
[[nodiscard]] int exit_code_for(const std::string& command, errc code);

/// How long a call may take as seen from here: longer than what tugd is told by `--timeout`, so that its own answer
/// comes first where there is one.
[[nodiscard]] std::optional<std::chrono::milliseconds> local_deadline(const options& o);

} // namespace tug::cli
