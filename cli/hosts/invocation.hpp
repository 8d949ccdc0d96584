#pragma once

#include "cli/arguments/options.hpp"
#include "cli/local/blocking_thread.hpp"
#include "cli/local/control.hpp"
#include "jump_hosts.hpp"

#include <tug/client.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tug::cli {

struct connection_settings;

/// One host of a pool.
struct chosen_host {
    std::string pool; ///< As typed.
    std::string name; ///< What the configuration knows the host by.
    host_connection to;
};

/// What every command works with, made by main().
struct invocation {
    explicit invocation(boost::asio::io_context& io)
        : ctl(io),
          input(io.get_executor()),
          output(io.get_executor()),
          keys(io.get_executor()),
          jumps(io.get_executor()) {}

    /// No thread hangs in a read or write; else the program has to end by std::_Exit().
    [[nodiscard]] bool idle() const noexcept { return input.idle() && output.idle() && keys.idle(); }

    control ctl;
    blocking_thread input;
    blocking_thread output;
    blocking_thread keys; ///< Reads the key, also while a read of standard input goes on.
    jump_hosts jumps;
    std::optional<chosen_host> chosen; ///< Of a pool: what began on a host goes on there.
};

/// Connects to a host, as address_of() and resolve_remote() name it, with what settings_for() says, and logs in where
/// there is a key file; by a connection that is shared, where the host has one. Throws tug::error, and usage_error for
/// an address that is none. Cancellable, also while a pipe that gives the key is waited for.
[[nodiscard]] boost::asio::awaitable<client> connect(const options& o, invocation& s, std::string host);

/// The same by a connection of its own.
[[nodiscard]] boost::asio::awaitable<client> connect_alone(const options& o, invocation& s, std::string host);

/// Keys that were read, by their file and id: one that several hosts have is read once, as a pipe may give it.
using keys_read = std::map<std::pair<std::string, std::string>, credentials>;

/// What connect() does, without connecting; jump_hosts::reach() comes next. One at a time with the same `keys`.
[[nodiscard]] boost::asio::awaitable<host_connection> connection_to(const options& o, invocation& s, std::string host,
                                                                    keys_read& keys);

/// The key to log in with, read on a thread: where a pipe gives it, its writer may take any time. Throws tug::error.
[[nodiscard]] boost::asio::awaitable<credentials> read_key(const connection_settings& how, blocking_thread& on);

/// The host that the command line names, with the port of the flags.
[[nodiscard]] std::string address_of(const options& o);

/// The path on the host that a put or get names.
[[nodiscard]] std::string path_of(const options& o);

/// The paths on the host that one of path_commands() names. Throws usage_error where they name more than one host.
[[nodiscard]] std::vector<std::string> paths_of(const options& o);

/// Prints the error that a call ended with and returns the exit code for it; where it is that the reader of the output
/// has left, see die_by_sigpipe(). Called inside a catch block; rethrows usage_error.
[[nodiscard]] int report_failure(const options& o, const control& ctl);

/// A failure for a person: what the SDK says, and a remedy in the words of the command line where there is a better
/// one.
[[nodiscard]] std::string line_for(const options& o, const failure& why);

/// The same for --json.
[[nodiscard]] boost::json::object failure_json(const failure& why);

/// Prints a failure, its object too where JSON is asked for; a command may go on with its next path.
void report_one(const options& o, const failure& why);

/// The exit code of a command for a failure of its call, and of `exec` for one of tug itself.
[[nodiscard]] int exit_code_for(const std::string& command, errc code);

/// How long a call may take as seen from here: longer than what tugd is told by `--timeout`, so that its own answer
/// comes first where there is one.
[[nodiscard]] std::optional<std::chrono::milliseconds> local_deadline(const options& o);

} // namespace tug::cli
