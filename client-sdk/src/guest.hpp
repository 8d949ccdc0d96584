#pragma once

#include <tug/net/condition.hpp>
#include <tug/proto/error.hpp>
#include <tug/proto/limits.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace tug::detail {

using local = boost::asio::local::stream_protocol;

/// How many clients share a connection at most.
inline constexpr std::uint32_t most_guests = 16;

/// A client that shares the connection of another process.
struct guest {
    explicit guest(local::socket s) : socket(std::move(s)), changed(socket.get_executor()) {}

    /// It has all that it is to have.
    [[nodiscard]] bool is_served() const noexcept { return gone || (leaving && in_flight.empty()); }

    /// Queues bytes, which write_to() writes. Credit bounds what waits.
    void send(std::string_view bytes);

    /// It sends no more, once the calls that it has in flight are answered.
    void says_bye();

    /// No answer comes any more: it gets what is queued.
    void finish();

    /// Ends it at once.
    void leave();

    local::socket socket;
    std::string out;
    net::condition changed;
    std::set<std::uint64_t> in_flight; ///< Its calls, as the server knows them.
    bool leaving = false;
    bool gone = false;
};

/// Writes what is queued until the guest is served, then closes its socket.
[[nodiscard]] boost::asio::awaitable<void> write_to(std::shared_ptr<guest> one);

[[nodiscard]] bool is_own_user(local::socket& s);

/// Nothing where it is no object.
[[nodiscard]] std::optional<boost::json::object> parse_envelope(std::string_view text);

/// The greeting of the server as a guest gets it: with its part of what the connection may have in flight. `sizes`
/// becomes what the server has said.
[[nodiscard]] proto::result<std::string> greeting_for_guests(std::string_view greeting, proto::limits& sizes);

} // namespace tug::detail
