#pragma once

#include "cli/hosts/invocation.hpp"

#include <tug/client.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace tug::cli::mcp {

/// The W3C trace that calls belong to.
struct trace_ids {
    std::string parent;
    std::string state;
};

/// The connection to the host, made anew where it was lost.
///
/// Thread safety: none; on the executor of the invocation.
class host {
public:
    host(const options& o, invocation& s);

    /// Whom the calls are made for: from the next connection on their trace says so (`tug-mcp=NAME` in its tracestate).
    void introduce(std::string_view agent);

    /// A connection that is open as far as is known; calls that come meanwhile wait for the same one. Throws what
    /// connecting throws.
    [[nodiscard]] boost::asio::awaitable<std::shared_ptr<client>> get();

    /// The same for what goes on at the host meanwhile: a server that is being restarted is waited for, up to 30 s.
    [[nodiscard]] boost::asio::awaitable<std::shared_ptr<client>> get_again();

    /// Whether the key allows it, and whether the host keeps jobs; as the last connection has it.
    [[nodiscard]] bool allows(std::string_view permission) const;

    [[nodiscard]] bool keeps_jobs() const noexcept { return keeps_jobs_; }

    [[nodiscard]] const std::string& address() const noexcept { return address_; }

    [[nodiscard]] const std::string& traceparent() const noexcept { return trace_.parent; }

private:
    [[nodiscard]] boost::asio::awaitable<void> connect_anew();

    const options& options_;
    invocation& invocation_;
    std::string address_;
    trace_ids trace_;
    std::shared_ptr<client> client_;
    std::vector<std::string> permissions_;
    bool keeps_jobs_ = false;
    bool connecting_ = false;
    boost::asio::steady_timer connected_; ///< Never expires; cancelled when connecting is over.
};

/// A name as a value of tracestate may have it: visible ASCII without `,` and `=`, at most 64 bytes.
[[nodiscard]] std::string trace_value(std::string_view name);

/// So many random bytes of the system in lower-case hex. Throws tug::error.
[[nodiscard]] std::string random_hex(std::size_t bytes);

} // namespace tug::cli::mcp
