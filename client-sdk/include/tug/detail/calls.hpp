#pragma once

#include <tug/address.hpp>
#include <tug/command.hpp>
#include <tug/connect_options.hpp>
#include <tug/error.hpp>
#include <tug/run_options.hpp>
#include <tug/server_info.hpp>
#include <tug/streams.hpp>
#include <tug/transfer.hpp>
#include <tug/trees.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace tug {

class client;
class listener;
class output;
class process;
class stream_call;
class tunnel;

} // namespace tug

namespace tug::detail {

class session;
class process_state;
class stream_state;
class listener_state;

using session_ptr = std::shared_ptr<session>;
using process_ptr = std::shared_ptr<process_state>;
using stream_ptr = std::shared_ptr<stream_state>;
using listener_ptr = std::shared_ptr<listener_state>;

/// Where what is behind a handle lives; Asio's system executor for a handle with nothing behind it.
[[nodiscard]] boost::asio::any_io_executor home_of(const session_ptr& of);
[[nodiscard]] boost::asio::any_io_executor home_of(const process_ptr& of);
[[nodiscard]] boost::asio::any_io_executor home_of(const stream_ptr& of);
[[nodiscard]] boost::asio::any_io_executor home_of(const listener_ptr& of);

// The calls themselves, as coroutines: they hold what they work on, so that the handle may go or move meanwhile, and
// what is wrong with the handle is thrown when they are awaited. See the calls of the same name of client, process and
// stream_call.

/// Without `home` the client lives on the executor of the coroutine.
[[nodiscard]] boost::asio::awaitable<client> connect(boost::asio::any_io_executor home, destination to,
                                                     connect_options how);
[[nodiscard]] boost::asio::awaitable<std::string> ping(session_ptr s, std::string payload);
[[nodiscard]] boost::asio::awaitable<server_info> info(session_ptr s);
[[nodiscard]] boost::asio::awaitable<exec_result> exec(session_ptr s, command what);
[[nodiscard]] boost::asio::awaitable<void> check(session_ptr s, command what);
[[nodiscard]] boost::asio::awaitable<process> start(session_ptr s, command what);
[[nodiscard]] boost::asio::awaitable<run_result> run(session_ptr s, run_options what);
[[nodiscard]] boost::asio::awaitable<put_result> put(session_ptr s, std::string local, std::string remote,
                                                     put_options how);
[[nodiscard]] boost::asio::awaitable<put_result> put(session_ptr s, source& from, std::string remote, put_options how);
[[nodiscard]] boost::asio::awaitable<put_result> put_bytes(session_ptr s, std::string bytes, std::string remote,
                                                           put_options how);
[[nodiscard]] boost::asio::awaitable<get_result> get(session_ptr s, std::string remote, std::string local,
                                                     get_options how);
[[nodiscard]] boost::asio::awaitable<get_result> get(session_ptr s, std::string remote, sink& to, get_options how);
[[nodiscard]] boost::asio::awaitable<std::string> get_bytes(session_ptr s, std::string remote, get_options how);
[[nodiscard]] boost::asio::awaitable<tree_summary> copy_tree(session_ptr s, std::string from, std::string to,
                                                             tree_options how);
[[nodiscard]] boost::asio::awaitable<tree_summary> put_tree(session_ptr s, std::string local, std::string remote,
                                                            tree_options how);
[[nodiscard]] boost::asio::awaitable<tree_summary> get_tree(session_ptr s, std::string remote, std::string local,
                                                            tree_options how);
[[nodiscard]] boost::asio::awaitable<boost::json::value> discover(session_ptr s);
[[nodiscard]] boost::asio::awaitable<boost::json::value> call(session_ptr s, std::string method,
                                                              boost::json::object params);
[[nodiscard]] boost::asio::awaitable<stream_call> open(session_ptr s, std::string method, boost::json::object params,
                                                       streams which);

/// Host and port, or the path of a Unix socket.
struct forward_target {
    std::string host;
    std::uint16_t port = 0;
    std::string socket;
};

[[nodiscard]] boost::asio::awaitable<tunnel> connect_through(session_ptr s, forward_target where);
[[nodiscard]] boost::asio::awaitable<listener> listen_through(session_ptr s, forward_target where);
[[nodiscard]] boost::asio::awaitable<tunnel> accept(listener_ptr of);
[[nodiscard]] boost::asio::awaitable<void> close(session_ptr s);
[[nodiscard]] boost::asio::awaitable<failure> closed(session_ptr s);

[[nodiscard]] boost::asio::awaitable<std::int64_t> started(process_ptr p);
[[nodiscard]] boost::asio::awaitable<output> read(process_ptr p);
[[nodiscard]] boost::asio::awaitable<chunk> read_out(process_ptr p);
[[nodiscard]] boost::asio::awaitable<chunk> read_err(process_ptr p);
[[nodiscard]] boost::asio::awaitable<bool> write(process_ptr p, chunk bytes);
[[nodiscard]] boost::asio::awaitable<void> signal(process_ptr p, std::string name);
[[nodiscard]] boost::asio::awaitable<void> resize(process_ptr p, std::uint16_t rows, std::uint16_t cols);
[[nodiscard]] boost::asio::awaitable<exec_result> wait(process_ptr p);

[[nodiscard]] boost::asio::awaitable<chunk> read(stream_ptr c, std::string stream);
[[nodiscard]] boost::asio::awaitable<bool> write(stream_ptr c, std::string stream, chunk bytes);
[[nodiscard]] boost::asio::awaitable<boost::json::value> finish(stream_ptr c);

} // namespace tug::detail
