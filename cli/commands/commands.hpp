#pragma once

#include "cli/arguments/options.hpp"
#include "cli/hosts/invocation.hpp"

#include <tug/client.hpp>

#include <boost/asio/awaitable.hpp>

namespace tug::cli {

// The commands of `tug`: each makes one call on a connection, prints what came of it and returns the exit code. They
// throw tug::error and usage_error; see report_failure(). Cancelling one cancels its call.

[[nodiscard]] boost::asio::awaitable<int> exec(client& on, const options& o, invocation& s);
[[nodiscard]] boost::asio::awaitable<int> put(client& on, const options& o, invocation& s);
[[nodiscard]] boost::asio::awaitable<int> get(client& on, const options& o, invocation& s);
[[nodiscard]] boost::asio::awaitable<int> run(client& on, const options& o, invocation& s);
[[nodiscard]] boost::asio::awaitable<int> info(client& on, const options& o, invocation& s);
[[nodiscard]] boost::asio::awaitable<int> top(client& on, const options& o, invocation& s);
[[nodiscard]] boost::asio::awaitable<int> audit(client& on, const options& o, invocation& s);
[[nodiscard]] boost::asio::awaitable<int> ping(client& on, const options& o, invocation& s);

/// Forwards until it is cancelled, or -W has come to its end; where the connection is lost it makes another one.
[[nodiscard]] boost::asio::awaitable<int> forward(client& on, const options& o, invocation& s);

/// exec(), and forwards as long as that takes.
[[nodiscard]] boost::asio::awaitable<int> exec_and_forward(client& on, const options& o, invocation& s);

[[nodiscard]] boost::asio::awaitable<int> cp(client& on, const options& o, invocation& s);

/// One of job_commands(), or job-start.
[[nodiscard]] boost::asio::awaitable<int> work_on_job(client& on, const options& o, invocation& s);
[[nodiscard]] boost::asio::awaitable<int> start_job(client& on, const options& o, invocation& s);
[[nodiscard]] boost::asio::awaitable<int> attach_job(client& on, const options& given, invocation& s);
[[nodiscard]] boost::asio::awaitable<int> job_logs(client& on, const options& o, invocation& s);

/// One of path_commands().
[[nodiscard]] boost::asio::awaitable<int> work_on_paths(client& on, const options& o, invocation& s);

/// Connects and runs one of the above as the one call of the program.
[[nodiscard]] boost::asio::awaitable<int> run_command(const options& o, invocation& s);

/// The tools of a host for a client of the Model Context Protocol on standard input and output.
[[nodiscard]] boost::asio::awaitable<int> mcp_server(const options& o, invocation& s);

/// The page of the console on loopback, until a signal comes.
[[nodiscard]] boost::asio::awaitable<int> serve_console(const options& o, invocation& s);

/// The prompt; it connects by itself.
[[nodiscard]] boost::asio::awaitable<int> repl(const options& o, invocation& s);

/// Prints which tugd answer on the networks of this host; it needs no connection.
[[nodiscard]] boost::asio::awaitable<int> discover_hosts(const options& o, invocation& s);

/// Prints what the configuration says of hosts. Throws usage_error.
[[nodiscard]] int show_hosts(const options& o);

/// Makes a key of 32 bytes from the operating system's randomness and prints its line, or writes it to a file that only
/// its owner can read. Throws usage_error.
[[nodiscard]] int keygen(const options& o);

} // namespace tug::cli
