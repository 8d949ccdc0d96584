#pragma once

#include "tug/service/endpoint.hpp"
#include "tug/service/keys.hpp"
#include "tug/service/log.hpp"
#include "tug/service/options.hpp"

#include <tug/net/tls.hpp>
#include <tug/os/unique_fd.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace tug::service {

/// The daemon as a library: `tugd` is a main() around it, and an application can embed it.
///
///     server s(options, load_keys("keys").value(), logger);
///     s.add(endpoint(…));
///     s.start();           // listens; threads of its own serve
///     …
///     s.stop();            // graceful; s.wait() returns when all is over
///
/// Thread safety: add(), listen_on() and announce_on() before start(); the others from any thread.
class server {
public:
    /// With `keys` absent clients need not log in: then every address of options.listen must be loopback or a Unix
    /// socket. So it must without set_tls(), unless options.allow_plaintext. Throws tug::proto failures as
    /// boost::system::system_error whose what() says what to do: options that are refused, a root that cannot be
    /// opened.
    server(options settings, std::optional<key_ring> keys, std::shared_ptr<const log> logger);

    /// As kill(), then waits.
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    /// Serves one more method. Throws std::invalid_argument where the name is taken or begins with "rpc.".
    void add(endpoint e);

    /// Serves on a stream socket that listens already, beside options.listen, which may be empty then. The socket is
    /// closed with the server; the file of a Unix socket stays. start() throws where it is no such socket.
    void listen_on(os::unique_fd socket);

    /// Answers who asks for servers on the networks of these interfaces, or of all where one is "any": it tells the
    /// version, the name of the host, and the port. Without this call no query is answered. start() throws where the
    /// port of the queries cannot be had.
    void announce_on(std::vector<std::string> interfaces);

    /// Binds every address and serves until stop(). Throws boost::system::system_error where one cannot be had. Blocks,
    /// for at most 2 s, while an address is in use: one that a killed process has left is free again by then.
    void start();

    /// The addresses that it listens on, with the ports that were picked.
    [[nodiscard]] std::vector<net::address> addresses() const;

    /// Where options.metrics is served, with the port that was picked.
    [[nodiscard]] std::optional<net::address> metrics_address() const;

    /// Those of them that are plain TCP and that others can reach. start() has logged a warning for each.
    [[nodiscard]] std::vector<net::address> plaintext_addresses() const;

    /// Ends gracefully: no new connections, calls in flight have options.grace. Called again, it cuts the grace short.
    void stop();

    /// Returns when everything has ended: no connection, no thread, no child of a call is left. Precondition: start().
    void wait();

    /// Calls `then`, on a thread of the server, once each of its I/O threads has found time for it: never where one of
    /// them hangs. A watchdog asks so. Precondition: start().
    void when_responsive(std::function<void()> then);

    /// Puts other keys in the place of those that were. A connection whose key is gone, or has another secret, other
    /// permissions or other rules now, is told `auth_failed` (id null) and closed, and its calls end as if its client
    /// were gone; all others stay. Precondition: the server was made with keys.
    void set_keys(key_ring keys);

    /// Makes TCP connections speak TLS: before start(), so that addresses off loopback are taken; later it replaces
    /// what new connections use, and those that are there go on. Unix sockets stay plain.
    void set_tls(net::tls_context tls);

    /// Opens the file of options.audit by its name again, for one that was renamed to start a new one. Where that fails
    /// with io_error, the old one is written on. False: the audit goes to no file.
    [[nodiscard]] proto::result<bool> reopen_audit();

    /// A logger for embedders who want none: drops everything.
    [[nodiscard]] static std::shared_ptr<const log> no_log();

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace tug::service
