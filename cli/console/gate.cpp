#include "gate.hpp"

#include <utility>

namespace tug::cli::console {

namespace {

/// In the same time whatever the texts are, as far as their length is the same.
bool same_secret(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    unsigned differ = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        differ |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
    return differ == 0;
}

verdict refused(int status, std::string_view why) {
    verdict out;
    out.status = status;
    out.why = why;
    return out;
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

/// The text up to `separator`, which both are taken from `rest`.
std::string_view take_until(std::string_view& rest, char separator) {
    const auto end = rest.find(separator);
    const auto out = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return out;
}

} // namespace

gate::gate(std::uint16_t port, std::string token, std::string cookie, std::string protocol)
    : host_("127.0.0.1:" + std::to_string(port)),
      cookie_name_("tug_console_" + std::to_string(port)),
      token_(std::move(token)),
      cookie_(std::move(cookie)),
      protocol_("tug." + std::move(protocol)) {}

std::string gate::origin() const {
    return "http://" + host_;
}

std::string gate::address() const {
    return origin() + "/?token=" + token_ + "#" + protocol_;
}

std::string gate::set_cookie() const {
    return cookie_name_ + "=" + cookie_ + "; HttpOnly; SameSite=Strict; Path=/";
}

bool gate::has_cookie(std::string_view header) const {
    while (!header.empty()) {
        auto value = trimmed(take_until(header, ';'));
        if (take_until(value, '=') == cookie_name_ && same_secret(value, cookie_)) return true;
    }
    return false;
}

verdict gate::judge_socket(const web_request& r) const {
    if (r.target != "/socket") return refused(404, "there is nothing of that name");
    if (r.origin != origin()) return refused(403, "a WebSocket is for the page of this console alone");
    auto rest = r.protocols;
    while (!rest.empty())
        if (same_secret(trimmed(take_until(rest, ',')), protocol_)) {
            verdict out;
            out.what = verdict::kind::socket;
            out.status = 101;
            return out;
        }
    return refused(403, "the page does not have the secret of this console: open the whole address that tug has shown");
}

verdict gate::judge(const web_request& r) {
    if (r.host != host_) return refused(421, "this console answers to its own address alone");
    if (r.method != "GET" && r.method != "HEAD") return refused(405, "a console is only read");
    if (r.origin && *r.origin != origin()) return refused(403, "pages of other origins get nothing here");
    auto target = r.target;
    const auto path = take_until(target, '?');
    if (!target.empty()) {
        if (path != "/" || r.upgrade || !target.starts_with("token="))
            return refused(404, "there is nothing of that name");
        if (!same_secret(target.substr(6), token_)) return refused(403, "the token of this address is a wrong one");
        if (r.method != "GET") return refused(405, "a token is used by opening the page");
        if (std::exchange(token_used_, true))
            return refused(403, "this address was opened before, and serves once: start `tug console` again");
        verdict out{verdict::kind::page, 200, {}, "/", true};
        return out;
    }
    if (r.fetch_site && *r.fetch_site != "same-origin" && *r.fetch_site != "none")
        return refused(403, "pages of other origins get nothing here");
    if (!has_cookie(r.cookie)) return refused(403, "open the address that `tug console` has shown");
    if (r.upgrade) return judge_socket(r);
    verdict out{verdict::kind::page, 200, {}, path, false};
    return out;
}

} // namespace tug::cli::console
