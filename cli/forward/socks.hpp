#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tug::cli {

/// The opening of one SOCKS connection, as its server: version 4, 4a and 5 (RFC 1928), CONNECT alone, without a login.
/// No I/O: bytes go in, and bytes to send come out. Names are passed on as they are: they are looked up at the far
/// side.
class socks_opening {
public:
    enum class state {
        reading, ///< It wants more bytes.
        asked,   ///< host() and port() say where to: answer by grant() or refuse().
        failed,  ///< Send reply(), if it is not empty, and close.
    };

    /// Takes bytes. What stands behind the request is kept: see rest().
    void feed(std::string_view bytes);

    [[nodiscard]] state now() const noexcept { return state_; }

    /// What is to be sent now; it is given once.
    [[nodiscard]] std::string take_reply();

    [[nodiscard]] const std::string& host() const noexcept { return host_; }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    /// Why a connection was not made.
    enum class reason { failure, denied, unreachable, refused };

    /// The reply that the connection stands, or does not.
    [[nodiscard]] std::string grant() const;
    [[nodiscard]] std::string refuse(reason why) const;

    /// Bytes that the client has sent behind its request: the first of what is forwarded.
    [[nodiscard]] const std::string& rest() const noexcept { return input_; }

private:
    /// A name has 255 bytes at most, and so has the user of version 4.
    static constexpr std::size_t longest = 1024;

    void advance();
    [[nodiscard]] bool read_v4();
    [[nodiscard]] bool read_v5_methods();
    [[nodiscard]] bool read_v5_request();
    void fail(std::string reply);
    void ask(std::string host, std::size_t port_at, std::size_t used);

    std::string input_;
    std::string reply_;
    state state_ = state::reading;
    bool methods_done_ = false; ///< Of version 5.
    int version_ = 0;
    std::string host_;
    std::uint16_t port_ = 0;
};

} // namespace tug::cli
