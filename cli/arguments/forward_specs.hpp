#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

class option_set;

/// The host of a place that listens at every address, of both families.
inline constexpr auto every_address = "*";

/// One end of a forwarding: host and port, or a Unix socket.
struct forward_end {
    std::string host; ///< Where one listens: empty is the usual place, `*` every address.
    std::uint16_t port = 0;
    std::string socket; ///< The path; empty: host and port.

    /// HOST:PORT, [IPv6]:PORT, or the path.
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const forward_end&, const forward_end&) = default;
};

/// Where connections come in, and where they go.
struct forward_spec {
    forward_end listen;
    std::optional<forward_end> target; ///< Nothing: where each of them asks to go, as a SOCKS client.

    friend bool operator==(const forward_spec&, const forward_spec&) = default;
};

/// What `forward` is told.
struct forward_flags {
    std::vector<std::string> local_texts; ///< As typed, with the forms of ssh.
    std::vector<std::string> remote_texts;
    std::vector<std::string> dynamic_texts;
    std::string stdio_text;
    bool no_reconnect = false;
    bool gateway_ports = false; ///< -g: -L and -D listen at every address where they name none.
    bool nothing_run = false;   ///< -N: ssh's word for what `forward` always does.

    std::vector<forward_spec> local; ///< Of -L and -D.
    std::vector<forward_spec> remote;
    forward_end stdio; ///< Where the standard streams go, where there is a text.

    /// Whether anything is to be forwarded between here and there.
    [[nodiscard]] bool listens() const noexcept { return !local.empty() || !remote.empty(); }

    /// Whether forwarding is all that the command is to do.
    [[nodiscard]] bool is_all() const noexcept { return nothing_run || !stdio_text.empty(); }
};

void add_forward(option_set& set, forward_flags& o);

/// Takes the texts apart. Throws usage_error, which names the one that is wrong.
void read_forward(forward_flags& o);

/// The same for a command that does nothing else: something has to be forwarded.
void take_forward(forward_flags& o);

/// `[BIND:]PORT:HOST:PORT`, `[BIND:]PORT:SOCKET`, `SOCKET:HOST:PORT` or `SOCKET:SOCKET`, where a SOCKET has a slash,
/// and an IPv6 address stands in brackets. Throws usage_error.
[[nodiscard]] forward_spec parse_forward(std::string_view flag, const std::string& text);

/// The same of -R, which may also be `[BIND:]PORT`, for SOCKS clients there. Throws usage_error.
[[nodiscard]] forward_spec parse_remote(const std::string& text);

/// `[BIND:]PORT`. Throws usage_error.
[[nodiscard]] forward_end parse_dynamic(const std::string& text);

/// `HOST:PORT`, or a SOCKET. Throws usage_error.
[[nodiscard]] forward_end parse_stdio(const std::string& text);

} // namespace tug::cli
