#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tug::cli::console {

/// What a request of a browser says of itself; absent where it does not.
struct web_request {
    std::string_view method;
    std::string_view target;
    std::string_view host;
    std::optional<std::string_view> origin;
    std::optional<std::string_view> fetch_site; ///< Sec-Fetch-Site: set by the browser, out of reach of a page.
    std::string_view cookie;
    std::string_view protocols; ///< Sec-WebSocket-Protocol
    bool upgrade = false;       ///< It asks for a WebSocket.
};

/// What is done with it.
struct verdict {
    enum class kind { page, socket, refused };

    kind what = kind::refused;
    int status = 403;
    std::string_view why;   ///< For a person.
    std::string_view path;  ///< Of the page: "/", "/app.js".
    bool first_use = false; ///< The token was taken: the cookie is to be set.
};

/// Decides who may use a console. It knows three secrets: the token of the address, which opens the page once; the
/// cookie, which the browser got for it and sends to every port of this machine; and the name of the WebSocket's
/// protocol, which stands in the fragment of the address, so that only a page of this very port has it. No I/O.
class gate {
public:
    /// Each secret is 32 hex digits or more, and no two are alike.
    gate(std::uint16_t port, std::string token, std::string cookie, std::string protocol);

    [[nodiscard]] verdict judge(const web_request& r);

    /// Where a person begins.
    [[nodiscard]] std::string address() const;
    [[nodiscard]] std::string origin() const;
    [[nodiscard]] std::string set_cookie() const;

    [[nodiscard]] const std::string& protocol() const noexcept { return protocol_; }

private:
    [[nodiscard]] bool has_cookie(std::string_view header) const;
    [[nodiscard]] verdict judge_socket(const web_request& r) const;

    std::string host_;
    std::string cookie_name_;
    std::string token_;
    std::string cookie_;
    std::string protocol_;
    bool token_used_ = false;
};

} // namespace tug::cli::console
