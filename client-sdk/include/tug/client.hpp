#pragma once

#include <tug/address.hpp>
#include <tug/audit.hpp>
#include <tug/command.hpp>
#include <tug/connect_options.hpp>
#include <tug/detail/calls.hpp>
#include <tug/detail/initiate.hpp>
#include <tug/error.hpp>
#include <tug/files.hpp>
#include <tug/jobs.hpp>
#include <tug/process.hpp>
#include <tug/run_options.hpp>
#include <tug/server_info.hpp>
#include <tug/stream_call.hpp>
#include <tug/transfer.hpp>
#include <tug/trees.hpp>
#include <tug/tunnel.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tug {

/// A connection to a tugd. All calls share it: any number may be awaited at once, none waits for another. More commands
/// and transfers than tugd takes at once (64 by default) wait for their turn here, in order.
///
///     auto client = co_await tug::client::connect("build.example:8840");
///     auto made = co_await client.exec(tug::command("make", "-j4").in("/src"));
///
/// Tokens: every call takes a completion token of Asio as its last argument; without one it is awaited. Its signature
/// is void(std::exception_ptr, T), or void(std::exception_ptr) where it brings nothing. So these all work:
///
///     auto made = co_await client.exec(make);                                    // throws tug::error
///     auto [e, made] = co_await client.exec(make, as_tuple(use_awaitable));      // tug::failure_of(e)
///     std::future<tug::exec_result> made = client.exec(make, use_future);        // get() throws tug::error
///     client.exec(make, [](std::exception_ptr e, tug::exec_result made) { … });
///
/// A handler runs on its associated executor, by default that of the client, and never inside the call that started it.
/// Its associated cancellation slot cancels the call, and until it has run its executor has work.
///
/// Errors: a call that is awaited throws tug::error, and any other token gets one in its exception_ptr: also where the
/// client has no connection, or an argument is wrong. No call throws out of the function that starts it, but for want
/// of memory. A connection that ends ends every wait on it, with connection_lost or with what tugd said last; it is not
/// opened again.
///
/// Cancellation: every call can be cancelled by the cancellation slot of its coroutine or handler (a coroutine lets
/// terminal cancellation through unless told otherwise) and then fails with cancelled. tugd is told, and ends what it
/// does for it.
///
/// Threads: a client lives on the executor that it was connected on, which must be an io_context that one thread runs,
/// or a strand. Calls may be made from any thread, and awaited on any executor: they do their work on the executor of
/// the client. What runs that executor is joined (thread_pool::join(), io_context::run()), not only stopped, before it
/// goes. The object itself is like any other: no two threads may move, assign or destroy it at the same time as use it.
/// A call that was made keeps what it needs; destroying the client ends it with client_closed. The io_context must
/// outlive the client; local files are read and written on two threads that belong to the io_context.
class client {
public:
    /// A client without connection: every call fails with client_closed.
    client() noexcept;
    explicit client(std::shared_ptr<detail::session> session) noexcept;
    client(client&& other) noexcept;
    client& operator=(client&& other) noexcept;
    /// Closes the connection at once: commands that run are killed, transfers fail.
    ~client();

    /// Connects, and logs in where there are credentials. Of several addresses of a name each is tried 250 ms after the
    /// one before, IPv6 and IPv4 by turns, and the first that connects counts (RFC 8305). Fails with bad_address,
    /// connect_failed, connect_timed_out, unsupported_protocol, protocol_violation (no tugd listens there),
    /// auth_required (tugd has keys and none was given), auth_failed, server_auth_failed (it does not have our key:
    /// nothing but the login was sent), busy, rate_limited (too many logins from here have failed), connection_lost (it
    /// closed before it had let us in). With TLS also bad_tls_file, tls_untrusted, tls_not_offered, and tls_failed (it
    /// wants another certificate of us); without, tls_required (found after 2 s in which the server said nothing).
    /// The client lives on `home`; without one on the executor of the coroutine, or on that which is associated with
    /// the handler: a token that has none, as use_future, does not compile then.
    template <detail::token_for<client> Token = detail::default_token>
    [[nodiscard]] static auto connect(boost::asio::any_io_executor home, destination to, connect_options how,
                                      Token&& token = Token()) {
        auto call = detail::connect(home, std::move(to), std::move(how));
        return detail::initiate(std::move(call), home, std::forward<Token>(token));
    }

    template <detail::token_for<client> Token = detail::default_token>
    [[nodiscard]] static auto connect(boost::asio::any_io_executor home, destination to, Token&& token = Token()) {
        return connect(std::move(home), std::move(to), connect_options(), std::forward<Token>(token));
    }

    template <detail::token_for<client> Token = detail::default_token>
    [[nodiscard]] static auto connect(destination to, connect_options how, Token&& token = Token()) {
        auto call = [to = std::move(to), how = std::move(how)](boost::asio::any_io_executor home) mutable {
            return detail::connect(std::move(home), std::move(to), std::move(how));
        };
        return detail::initiate_at_handler<client>(std::move(call), std::forward<Token>(token));
    }

    template <detail::token_for<client> Token = detail::default_token>
    [[nodiscard]] static auto connect(destination to, Token&& token = Token()) {
        return connect(std::move(to), connect_options(), std::forward<Token>(token));
    }

    /// Waits for the payload to come back.
    template <detail::token_for<std::string> Token = detail::default_token>
    [[nodiscard]] auto ping(std::string payload, Token&& token = Token()) {
        return begin(detail::ping(session_, std::move(payload)), std::forward<Token>(token));
    }

    template <detail::token_for<std::string> Token = detail::default_token>
    [[nodiscard]] auto ping(Token&& token = Token()) {
        return ping(std::string(), std::forward<Token>(token));
    }

    /// Runs a command to its end and collects its output, at most command::collect_at_most(). On cancellation tugd is
    /// told and its answer awaited for up to 10 s; then this fails with cancelled. If tugd has answered by then, the
    /// process tree is gone, but for processes that the kernel holds; if not, or if the connection was lost, it may
    /// still run. Who has to know uses start(), process::cancel() and process::wait(): see exec_result::survivors.
    template <detail::token_for<exec_result> Token = detail::default_token>
    [[nodiscard]] auto exec(command what, Token&& token = Token()) {
        return begin(detail::exec(session_, std::move(what)), std::forward<Token>(token));
    }

    /// Says whether the rules of the key let that command begin: with this program, user, directory, these variables
    /// and limits. Nothing is started, and whether the program is there is not looked at. Fails as exec() would: with
    /// permission_denied, invalid_params (a limit over the maximum), unsupported, or what keeps the directory from
    /// being used.
    template <detail::token_for<void> Token = detail::default_token>
    [[nodiscard]] auto check(command what, Token&& token = Token()) {
        return begin(detail::check(session_, std::move(what)), std::forward<Token>(token));
    }

    /// Starts a command whose output is read, and whose input written, as it comes. It returns once the request is on
    /// its way; that the command could not be started is the failure of the first read or wait.
    template <detail::token_for<process> Token = detail::default_token>
    [[nodiscard]] auto start(command what, Token&& token = Token()) {
        return begin(detail::start(session_, std::move(what)), std::forward<Token>(token));
    }

    /// Puts files, runs a command and gets files, in one round trip: every request is sent at once, and tugd begins
    /// each step when those before it have succeeded. Brings what became of each, also where some failed or were
    /// therefore not done; only its own cancellation, and what a sink throws, are errors.
    template <detail::token_for<run_result> Token = detail::default_token>
    [[nodiscard]] auto run(run_options what, Token&& token = Token()) {
        return begin(detail::run(session_, std::move(what)), std::forward<Token>(token));
    }

    /// Sends a local file, in constant memory. The remote file is replaced as a whole or not at all. A file is sent as
    /// large as it was when it was opened; what is appended meanwhile is left out. One of /proc or /sys, whose size is
    /// not true, is read to its end. Fails with local_io where the local file cannot be read or is a fifo, device or
    /// socket (send these from a source), size_mismatch where it became shorter meanwhile. The caller must keep a
    /// source until the call has completed.
    template <detail::token_for<put_result> Token = detail::default_token>
    [[nodiscard]] auto put(std::string local, std::string remote, put_options how, Token&& token = Token()) {
        return begin(detail::put(session_, std::move(local), std::move(remote), std::move(how)),
                     std::forward<Token>(token));
    }

    template <detail::token_for<put_result> Token = detail::default_token>
    [[nodiscard]] auto put(std::string local, std::string remote, Token&& token = Token()) {
        return put(std::move(local), std::move(remote), put_options(), std::forward<Token>(token));
    }

    template <detail::token_for<put_result> Token = detail::default_token>
    [[nodiscard]] auto put(source& from, std::string remote, put_options how, Token&& token = Token()) {
        return begin(detail::put(session_, from, std::move(remote), std::move(how)), std::forward<Token>(token));
    }

    template <detail::token_for<put_result> Token = detail::default_token>
    [[nodiscard]] auto put(source& from, std::string remote, Token&& token = Token()) {
        return put(from, std::move(remote), put_options(), std::forward<Token>(token));
    }

    template <detail::token_for<put_result> Token = detail::default_token>
    [[nodiscard]] auto put_bytes(std::string bytes, std::string remote, put_options how, Token&& token = Token()) {
        return begin(detail::put_bytes(session_, std::move(bytes), std::move(remote), std::move(how)),
                     std::forward<Token>(token));
    }

    template <detail::token_for<put_result> Token = detail::default_token>
    [[nodiscard]] auto put_bytes(std::string bytes, std::string remote, Token&& token = Token()) {
        return put_bytes(std::move(bytes), std::move(remote), put_options(), std::forward<Token>(token));
    }

    /// Fetches a file into a local one, in constant memory. It has no name, or that of a temporary, until it is whole:
    /// a get that fails leaves what was there, unless failure().stored is set: then the whole file is in its place, and
    /// only flushing its directory failed. A symlink is followed, also to what does not exist yet. A file that is
    /// replaced leaves its mode to the new one, and owner, group, ACL and extended attributes as far as they may be
    /// given. Fails with digest_mismatch, size_mismatch, local_io: also where `local` is a directory, or a stream as
    /// local_target has it (/dev/stdout, a device, a fifo); nothing of these is touched, they take a sink.
    /// The caller must keep a sink until the call has completed.
    template <detail::token_for<get_result> Token = detail::default_token>
    [[nodiscard]] auto get(std::string remote, std::string local, get_options how, Token&& token = Token()) {
        return begin(detail::get(session_, std::move(remote), std::move(local), std::move(how)),
                     std::forward<Token>(token));
    }

    template <detail::token_for<get_result> Token = detail::default_token>
    [[nodiscard]] auto get(std::string remote, std::string local, Token&& token = Token()) {
        return get(std::move(remote), std::move(local), get_options(), std::forward<Token>(token));
    }

    template <detail::token_for<get_result> Token = detail::default_token>
    [[nodiscard]] auto get(std::string remote, sink& to, get_options how, Token&& token = Token()) {
        return begin(detail::get(session_, std::move(remote), to, std::move(how)), std::forward<Token>(token));
    }

    template <detail::token_for<get_result> Token = detail::default_token>
    [[nodiscard]] auto get(std::string remote, sink& to, Token&& token = Token()) {
        return get(std::move(remote), to, get_options(), std::forward<Token>(token));
    }

    template <detail::token_for<std::string> Token = detail::default_token>
    [[nodiscard]] auto get_bytes(std::string remote, get_options how, Token&& token = Token()) {
        return begin(detail::get_bytes(session_, std::move(remote), std::move(how)), std::forward<Token>(token));
    }

    template <detail::token_for<std::string> Token = detail::default_token>
    [[nodiscard]] auto get_bytes(std::string remote, Token&& token = Token()) {
        return get_bytes(std::move(remote), get_options(), std::forward<Token>(token));
    }

    /// Sends a local directory with all that is in it, in constant memory. Without a tree of that name it is whole or
    /// not there at all, and with tree_options::replace() the old one or the new one; else files are replaced one by
    /// one, and what was sent before a failure stays. Fails with local_io where something of it cannot be read; what
    /// goes or changes meanwhile is told in the summary.
    template <detail::token_for<tree_summary> Token = detail::default_token>
    [[nodiscard]] auto put_tree(std::string local, std::string remote, tree_options how, Token&& token = Token()) {
        return begin(detail::put_tree(session_, std::move(local), std::move(remote), std::move(how)),
                     std::forward<Token>(token));
    }

    template <detail::token_for<tree_summary> Token = detail::default_token>
    [[nodiscard]] auto put_tree(std::string local, std::string remote, Token&& token = Token()) {
        return put_tree(std::move(local), std::move(remote), tree_options(), std::forward<Token>(token));
    }

    /// Fetches a directory with all that is in it, likewise. Whatever the server sends, nothing is written outside of
    /// `local`, no symlink that stands or comes there is followed, and nothing gets setuid, setgid or sticky bits.
    template <detail::token_for<tree_summary> Token = detail::default_token>
    [[nodiscard]] auto get_tree(std::string remote, std::string local, tree_options how, Token&& token = Token()) {
        return begin(detail::get_tree(session_, std::move(remote), std::move(local), std::move(how)),
                     std::forward<Token>(token));
    }

    template <detail::token_for<tree_summary> Token = detail::default_token>
    [[nodiscard]] auto get_tree(std::string remote, std::string local, Token&& token = Token()) {
        return get_tree(std::move(remote), std::move(local), tree_options(), std::forward<Token>(token));
    }

    /// Copies a directory on the host with all that is in it, without its bytes going over the connection. Of the
    /// options mode, exclude, owner, make_parents, durable and timeout. invalid_params where `to` is `from` or in it.
    template <detail::token_for<tree_summary> Token = detail::default_token>
    [[nodiscard]] auto copy_tree(std::string from, std::string to, tree_options how, Token&& token = Token()) {
        return begin(detail::copy_tree(session_, std::move(from), std::move(to), std::move(how)),
                     std::forward<Token>(token));
    }

    template <detail::token_for<tree_summary> Token = detail::default_token>
    [[nodiscard]] auto copy_tree(std::string from, std::string to, Token&& token = Token()) {
        return copy_tree(std::move(from), std::move(to), tree_options(), std::forward<Token>(token));
    }

    /// What else can be done to the files of the host.
    [[nodiscard]] tug::files files() const noexcept { return tug::files(session_); }

    /// Commands that outlive this connection.
    [[nodiscard]] tug::jobs jobs() const noexcept { return tug::jobs(session_); }

    /// As exec(), but as a job of that name: after any failure, also of this connection or this process, it may be
    /// called again with the same arguments, and the command ran once. What it wrote is kept for an hour after its
    /// end, up to command::collect_at_most(). Cancellation leaves the job alone.
    template <detail::token_for<exec_result> Token = detail::default_token>
    [[nodiscard]] auto run_once(std::string name, command what, Token&& token = Token()) {
        job_options how;
        how.name = std::move(name);
        return begin(detail::run_once(session_, std::move(what), std::move(how)), std::forward<Token>(token));
    }

    /// How tugd and its host are. Needs no permission.
    template <detail::token_for<server_info> Token = detail::default_token>
    [[nodiscard]] auto info(Token&& token = Token()) {
        return begin(detail::info(session_), std::forward<Token>(token));
    }

    /// Tells of the logins and calls of all clients from now on; needs the permission audit. That it may not, or
    /// cannot, be followed is the failure of the first wait.
    template <detail::token_for<audit_feed> Token = detail::default_token>
    [[nodiscard]] auto follow_audit(Token&& token = Token()) {
        return begin(detail::follow_audit(session_), std::forward<Token>(token));
    }

    /// Connects to an address that the host of tugd reaches; a name is looked up there. Brings the stream once the
    /// connection stands. Fails with connect_failed, whose os_error says why, and with permission_denied where the key
    /// has no `connect=` for it.
    template <detail::token_for<tunnel> Token = detail::default_token>
    [[nodiscard]] auto connect_through(std::string host, std::uint16_t port, Token&& token = Token()) {
        detail::forward_target to{std::move(host), port, {}};
        return begin(detail::connect_through(session_, std::move(to)), std::forward<Token>(token));
    }

    /// The same for a Unix socket below the root of the key.
    template <detail::token_for<tunnel> Token = detail::default_token>
    [[nodiscard]] auto connect_through_socket(std::string path, Token&& token = Token()) {
        detail::forward_target to{{}, 0, std::move(path)};
        return begin(detail::connect_through(session_, std::move(to)), std::forward<Token>(token));
    }

    /// Has tugd listen on its host, as long as the listener lives; port 0 takes a free one. Fails with already_exists
    /// where another program listens there, and with permission_denied where the key has no `listen=` for it.
    template <detail::token_for<listener> Token = detail::default_token>
    [[nodiscard]] auto listen_through(std::string host, std::uint16_t port, Token&& token = Token()) {
        detail::forward_target at{std::move(host), port, {}};
        return begin(detail::listen_through(session_, std::move(at)), std::forward<Token>(token));
    }

    template <detail::token_for<listener> Token = detail::default_token>
    [[nodiscard]] auto listen_through_socket(std::string path, Token&& token = Token()) {
        detail::forward_target at{{}, 0, std::move(path)};
        return begin(detail::listen_through(session_, std::move(at)), std::forward<Token>(token));
    }

    /// The OpenRPC document of every method served.
    template <detail::token_for<boost::json::value> Token = detail::default_token>
    [[nodiscard]] auto discover(Token&& token = Token()) {
        return begin(detail::discover(session_), std::forward<Token>(token));
    }

    /// Calls an endpoint without streams.
    template <detail::token_for<boost::json::value> Token = detail::default_token>
    [[nodiscard]] auto call(std::string method, boost::json::object params, Token&& token = Token()) {
        return begin(detail::call(session_, std::move(method), std::move(params)), std::forward<Token>(token));
    }

    template <detail::token_for<boost::json::value> Token = detail::default_token>
    [[nodiscard]] auto call(std::string method, Token&& token = Token()) {
        return call(std::move(method), boost::json::object(), std::forward<Token>(token));
    }

    /// Calls an endpoint with byte streams.
    template <detail::token_for<stream_call> Token = detail::default_token>
    [[nodiscard]] auto open(std::string method, boost::json::object params, streams which, Token&& token = Token()) {
        return begin(detail::open(session_, std::move(method), std::move(params), std::move(which)),
                     std::forward<Token>(token));
    }

    /// Says that no more calls will come, lets those in flight end, and waits until tugd has closed the connection, at
    /// most 5 s past the last of them. When cancelled meanwhile it closes the connection at once.
    /// Fails only with cancelled, in a coroutine that was cancelled before.
    template <detail::token_for<void> Token = detail::default_token>
    [[nodiscard]] auto close(Token&& token = Token()) {
        return begin(detail::close(session_), std::forward<Token>(token));
    }

    /// Waits until the connection has ended and brings why: connection_lost, client_closed after close() or where the
    /// client was destroyed, or what tugd said last (shutting_down, …). At once where it has ended already, or never
    /// was. Any number may wait. Cancellation stops the wait and nothing else: cancelled.
    template <detail::token_for<failure> Token = detail::default_token>
    [[nodiscard]] auto closed(Token&& token = Token()) {
        return begin(detail::closed(session_), std::forward<Token>(token));
    }

    /// False once the connection has ended.
    [[nodiscard]] bool is_open() const noexcept;

    /// Name and version of the server, e.g. "tug/0.1.0".
    [[nodiscard]] std::string server() const;

    /// tugd was ending already when this connection was made: one request will be served. See server_info::draining.
    [[nodiscard]] bool was_draining() const noexcept;

    /// What the key may do: "exec", "put", "get". Empty where tugd has no keys: everything.
    [[nodiscard]] std::vector<std::string> permissions() const;

    /// Where the client lives.
    [[nodiscard]] boost::asio::any_io_executor get_executor() const;

private:
    friend class connect_options;

    template <class T, class Token>
    auto begin(boost::asio::awaitable<T> call, Token&& token) {
        return detail::initiate(std::move(call), session_, std::forward<Token>(token));
    }

    std::shared_ptr<detail::session> session_;
};

} // namespace tug
