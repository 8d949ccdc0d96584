#pragma once

#include "auth/login.hpp"
#include "server/context.hpp"
#include "tug/service/call.hpp"

#include <boost/json/value.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tug::service {

/// Who the client of a connection is: from the greeting over its login until its key is taken back. Without keys the
/// client has no name.
class auth_context {
public:
    /// `peer` is the address of the client, `source` whom failed logins count for; see source_of().
    auth_context(context& shared, std::string peer, std::string source)
        : shared_(shared), peer_(std::move(peer)), source_(std::move(source)) {}

    [[nodiscard]] const std::string& peer() const noexcept { return peer_; }

    /// A fresh nonce of the server, which the login has to answer.
    [[nodiscard]] const proto::nonce& make_nonce() { return nonce_ = random_nonce(); }

    /// Checks a login, counts it, and writes its line of the audit log. The keys are those of now, not those of the
    /// greeting: one that was taken back meanwhile lets no client in. Null where it is refused.
    [[nodiscard]] const client_identity* log_in(const boost::json::value* params, std::string_view hello_envelope,
                                                const channel_binding& binding);

    /// The keys are other ones. Why the login does not hold any more, with a line of the audit log; nothing where it
    /// does.
    [[nodiscard]] std::optional<std::string_view> lost();

    /// For calls and their lines of the audit log.
    [[nodiscard]] caller who() const;

    /// Nothing where the client may do what needs this; else what it is told.
    [[nodiscard]] std::optional<proto::failure> lacks(permission need) const;

private:
    context& shared_;
    std::string peer_;
    std::string source_;
    proto::nonce nonce_{};
    std::optional<client_identity> client_; ///< Once it has logged in.
    std::shared_ptr<const key_entry> key_;  ///< Then the line of its key.
};

} // namespace tug::service
