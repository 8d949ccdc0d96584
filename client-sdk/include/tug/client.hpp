#pragma once

#include <tug/address.hpp>
#include <tug/command.hpp>
#include <tug/connect_options.hpp>
#include <tug/error.hpp>
#include <tug/process.hpp>
#include <tug/stream_call.hpp>
#include <tug/transfer.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <memory>
#include <string>
#include <vector>

namespace tug {

namespace detail {
class session;
}

/// A connection to a tugd. All calls share it: any number may be awaited at once, none waits for another. More commands
/// and transfers than tugd takes at once (64 by default) wait for their turn here, in order.
///
///     auto client = co_await tug::client::connect("build.example:8840");
///     auto made = co_await client.exec(tug::command("make", "-j4").in("/src"));
///
/// Errors: every call throws tug::error. A connection that ends ends every wait on it, with connection_lost or with
/// what tugd said last; it is not opened again.
///
/// Cancellation: every call can be cancelled by the cancellation slot of its coroutine (which lets terminal
/// cancellation through unless told otherwise) and then throws cancelled. tugd is told, and ends what it does for it.
///
/// Threads: a client lives on the executor of the coroutine that connected, which must be an io_context that one thread
/// runs, or a strand. Calls may be awaited by a coroutine on any executor and from any thread: they then do their work
/// on the executor of the client. What runs that executor is joined (thread_pool::join(), io_context::run()), not only
/// stopped, before it goes. The object itself is like any other: no two threads may move, assign or destroy it at
/// the same time as use it, and it has to be there when an awaitable that it made is first awaited. The io_context must
/// outlive it; local files are read and written on two threads that belong to the io_context.
class client {
public:
    /// A client without connection: every call throws client_closed.
    client() noexcept;
    explicit client(std::shared_ptr<detail::session> session) noexcept;
    client(client&& other) noexcept;
    client& operator=(client&& other) noexcept;
    /// Closes the connection at once: commands that run are killed, transfers fail.
    ~client();

    /// Connects, and logs in where there are credentials. Of several addresses of a name each is tried 250 ms after the
    /// one before, IPv6 and IPv4 by turns, and the first that connects counts (RFC 8305). Throws bad_address,
    /// connect_failed, connect_timed_out, unsupported_protocol, protocol_violation (no tugd listens there),
    /// auth_required (tugd has keys and none was given), auth_failed, server_auth_failed (it does not have our key:
    /// nothing but the login was sent), busy, rate_limited (too many logins from here have failed), connection_lost (it
    /// closed before it had let us in). With TLS also bad_tls_file, tls_untrusted, tls_not_offered, and tls_failed (it
    /// wants another certificate of us); without, tls_required (found after 2 s in which the server said nothing).
    [[nodiscard]] static boost::asio::awaitable<client> connect(tug::address to,
                                                                connect_options how = connect_options());
    /// The same for the text of an address.
    [[nodiscard]] static boost::asio::awaitable<client> connect(std::string to,
                                                                connect_options how = connect_options());

    /// Waits for the payload to come back.
    [[nodiscard]] boost::asio::awaitable<std::string> ping(std::string payload = std::string());

    /// Runs a command to its end and collects its output, at most command::collect_at_most(). On cancellation tugd is
    /// told and its answer awaited for up to 10 s; then this throws cancelled. If tugd has answered by then, the
    /// process tree is gone, but for processes that the kernel holds; if not, or if the connection was lost, it may
    /// still run. Who has to know uses start(), process::cancel() and process::wait(): see exec_result::survivors.
    [[nodiscard]] boost::asio::awaitable<exec_result> exec(command what);

    /// Starts a command whose output is read, and whose input written, as it comes. It returns once the request is on
    /// its way; that the command could not be started is thrown by the first read or wait.
    [[nodiscard]] boost::asio::awaitable<process> start(command what);

    /// Sends a local file, in constant memory. The remote file is replaced as a whole or not at all. A file is sent as
    /// large as it was when it was opened; what is appended meanwhile is left out. One of /proc or /sys, whose size is
    /// not true, is read to its end. Throws local_io where the local file cannot be read or is a fifo, device or socket
    /// (send these from a source), size_mismatch where it became shorter meanwhile.
    [[nodiscard]] boost::asio::awaitable<put_result> put(std::string local, std::string remote,
                                                         put_options how = put_options());
    [[nodiscard]] boost::asio::awaitable<put_result> put(source& from, std::string remote,
                                                         put_options how = put_options());
    [[nodiscard]] boost::asio::awaitable<put_result> put_bytes(std::string bytes, std::string remote,
                                                               put_options how = put_options());

    /// Fetches a file into a local one, in constant memory. It has no name, or that of a temporary, until it is whole:
    /// a get that fails leaves what was there, unless failure().stored is set: then the whole file is in its place, and
    /// only flushing its directory failed. A symlink is followed, also to what does not exist yet. A file that is
    /// replaced leaves its mode to the new one, and owner, group, ACL and extended attributes as far as they may be
    /// given. Throws digest_mismatch, size_mismatch, local_io: also where `local` is a directory, or a stream as
    /// local_target has it (/dev/stdout, a device, a fifo); nothing of these is touched, they take a sink.
    [[nodiscard]] boost::asio::awaitable<get_result> get(std::string remote, std::string local,
                                                         get_options how = get_options());
    [[nodiscard]] boost::asio::awaitable<get_result> get(std::string remote, sink& to, get_options how = get_options());
    [[nodiscard]] boost::asio::awaitable<std::string> get_bytes(std::string remote, get_options how = get_options());

    /// The OpenRPC document of every method served.
    [[nodiscard]] boost::asio::awaitable<boost::json::value> discover();

    /// Calls an endpoint without streams.
    [[nodiscard]] boost::asio::awaitable<boost::json::value> call(std::string method,
                                                                  boost::json::object params = boost::json::object());

    /// Calls an endpoint with byte streams.
    [[nodiscard]] boost::asio::awaitable<stream_call> open(std::string method, boost::json::object params,
                                                           streams which);

    /// Says that no more calls will come, lets those in flight end, and waits until tugd has closed the connection, at
    /// most 5 s past the last of them. When cancelled meanwhile it closes the connection at once.
    /// Throws only cancelled, in a coroutine that was cancelled before.
    [[nodiscard]] boost::asio::awaitable<void> close();

    /// False once the connection has ended.
    [[nodiscard]] bool is_open() const noexcept;

    /// Name and version of the server, e.g. "tug/0.1.0".
    [[nodiscard]] std::string server() const;

    /// What the key may do: "exec", "put", "get". Empty where tugd has no keys: everything.
    [[nodiscard]] std::vector<std::string> permissions() const;

    /// Where the client lives.
    [[nodiscard]] boost::asio::any_io_executor get_executor() const;

private:
    std::shared_ptr<detail::session> session_;
};

} // namespace tug
