#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tug::service {

/// The header that a proxy puts before the bytes of a connection: version 2 of the PROXY protocol (HAProxy,
/// doc/proxy-protocol.txt). No I/O: bytes go in, and never more than belong to the header.
class proxy_header {
public:
    enum class state { reading, whole, wrong };

    [[nodiscard]] state now() const noexcept { return state_; }

    /// How many bytes it takes next, at most. Precondition: reading.
    [[nodiscard]] std::size_t wanted() const noexcept { return needed_ - bytes_.size(); }

    /// Precondition: no more than wanted().
    void feed(std::span<const std::byte> bytes);

    /// Where the connection came from. Nothing where the proxy speaks for itself (LOCAL, as its checks do), or for a
    /// family that has no address here. Precondition: whole.
    [[nodiscard]] const std::optional<boost::asio::ip::tcp::endpoint>& source() const noexcept { return source_; }

    /// What is wrong with it, for the log. Precondition: wrong.
    [[nodiscard]] std::string_view why() const noexcept { return why_; }

private:
    static constexpr std::size_t head = 16; ///< Signature, version and command, family, length.

    void look_at_head();
    void look_at_addresses();
    void fail(std::string_view why);

    std::vector<std::byte> bytes_;
    std::size_t needed_ = head;
    state state_ = state::reading;
    std::optional<boost::asio::ip::tcp::endpoint> source_;
    std::string_view why_;
};

} // namespace tug::service
