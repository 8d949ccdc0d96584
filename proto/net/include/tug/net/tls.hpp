#pragma once

#include "tug/net/transport.hpp"

#include <tug/os/private_file.hpp>
#include <tug/proto/error.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

struct ssl_ctx_st;

namespace tug::net {

/// PEM files that TLS is set up from. A relative path is one of the working directory.
struct tls_files {
    std::string certificate; ///< Our own, and behind it those that lead to a CA; may be empty on a client.
    std::string key;         ///< Its key, without a passphrase; a file of secrets, see os::read_private_file().
    std::string ca;          ///< Who signs for the other side. Server: empty asks for no certificate. Client: empty
                             ///< takes the CAs of the system.
    os::secret_readers key_readers = os::secret_readers::none; ///< Who else may read `key`.
};

/// How one side speaks TLS: version 1.3 alone, and what the files say. A cheap value; copies share it. What was read is
/// kept, so files that change later change nothing. Thread safe once made.
class tls_context {
public:
    /// Fails with bad_tls_file, which names the file: unreadable, no PEM, a key that others can read or that does not
    /// fit the certificate. With files.ca a client without a certificate of that CA is refused.
    [[nodiscard]] static proto::result<tls_context> for_server(const tls_files& files);

    /// The same. It accepts no server whose certificate does not lead to a CA, is out of date, or is not for
    /// `server_name`, which is a host name or a numeric address.
    [[nodiscard]] static proto::result<tls_context> for_client(const tls_files& files, const std::string& server_name);

    /// What is wrong with the dates of our own certificate, e.g. "expired on Jan  1 00:00:00 2024 GMT"; else empty.
    [[nodiscard]] std::string out_of_date() const;

    /// When our own certificate is out of date; nothing where there is none.
    [[nodiscard]] std::optional<std::chrono::system_clock::time_point> certificate_ends() const;

    [[nodiscard]] ssl_ctx_st* native_handle() const noexcept { return context_.get(); }

    /// What a client asks for and checks; empty on a server.
    [[nodiscard]] const std::string& server_name() const noexcept { return server_name_; }

    [[nodiscard]] bool is_server() const noexcept { return server_name_.empty(); }

private:
    explicit tls_context(std::shared_ptr<ssl_ctx_st> context, std::string server_name)
        : context_(std::move(context)), server_name_(std::move(server_name)) {}

    std::shared_ptr<ssl_ctx_st> context_;
    std::string server_name_;
};

/// Agrees with the other side on keys; nothing can be read or written before that. `t` was made with a tls_context. It
/// has no limit of time: cancel it, or close the transport. Fails with cancelled or connection_lost, with
/// tls_not_offered and tls_untrusted on a client, and with tls_failed. The other side has then been told, as far as the
/// socket took it at once.
[[nodiscard]] boost::asio::awaitable<proto::result<void>> handshake(transport& t);

} // namespace tug::net
