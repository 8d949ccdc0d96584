// Who may use a console: the token of the address once, then the cookie, and the secret of the page for its WebSocket.

#include "cli/console/gate.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tug::cli::console;

namespace {

const std::string token(64, 'a');
const std::string cookie(64, 'b');
const std::string secret(64, 'c');

gate make() {
    return {4711, token, cookie, secret};
}

web_request get(std::string_view target) {
    web_request r;
    r.method = "GET";
    r.target = target;
    r.host = "127.0.0.1:4711";
    return r;
}

/// As the page asks for its WebSocket.
web_request socket() {
    static const auto sent = "other=1; tug_console_4711=" + cookie;
    static const auto protocol = "tug." + secret;
    auto r = get("/socket");
    r.upgrade = true;
    r.origin = "http://127.0.0.1:4711";
    r.cookie = sent;
    r.protocols = protocol;
    return r;
}

bool opens(const verdict& v) {
    return v.what != verdict::kind::refused;
}

} // namespace

BOOST_AUTO_TEST_SUITE(console_gate)

BOOST_AUTO_TEST_CASE(the_token_serves_once) {
    auto g = make();
    const auto target = "/?token=" + token;
    BOOST_TEST((g.address() == "http://127.0.0.1:4711" + target + "#tug." + secret));
    const auto first = g.judge(get(target));
    BOOST_TEST((first.what == verdict::kind::page && first.first_use && first.path == "/"));
    BOOST_TEST(g.judge(get(target)).status == 403);
    auto with_cookie = socket();
    with_cookie.upgrade = false;
    with_cookie.target = target;
    BOOST_TEST(!opens(g.judge(with_cookie)));
}

BOOST_AUTO_TEST_CASE(a_wrong_token_uses_nothing_up) {
    auto g = make();
    for (const auto& wrong : {"/?token=", "/?token=a", "/?token=0", "/?other=1", "/app.js?token="}) {
        BOOST_TEST(!opens(g.judge(get(wrong))), wrong);
    }
    BOOST_TEST(!opens(g.judge(get("/?token=" + token + "a"))));
    auto head = get("/?token=" + token);
    const auto asked = "/?token=" + token;
    head.target = asked;
    head.method = "HEAD";
    BOOST_TEST(g.judge(head).status == 405);
    BOOST_TEST(opens(g.judge(get(asked))));
}

BOOST_AUTO_TEST_CASE(nothing_without_the_cookie) {
    auto g = make();
    for (const auto* path : {"/", "/app.js", "/socket", "/none"}) BOOST_TEST(g.judge(get(path)).status == 403);
    for (const auto& wrong : {std::string("tug_console_4711="), "tug_console_4711=" + token,
                              "tug_console_4712=" + cookie, "tug_console_4711=" + cookie + "b"}) {
        auto r = get("/");
        r.cookie = wrong;
        BOOST_TEST(g.judge(r).status == 403, wrong);
    }
    auto r = socket();
    r.upgrade = false;
    r.target = "/";
    BOOST_TEST((g.judge(r).what == verdict::kind::page));
}

BOOST_AUTO_TEST_CASE(other_hosts) {
    auto g = make();
    for (const auto* host :
         {"", "127.0.0.1", "localhost:4711", "127.0.0.1:4712", "evil.example:4711", "127.0.0.1:4711.evil"}) {
        auto r = socket();
        r.host = host;
        BOOST_TEST(g.judge(r).status == 421, host);
        const auto target = "/?token=" + token;
        auto with_token = get(target);
        with_token.host = host;
        BOOST_TEST(g.judge(with_token).status == 421, host);
    }
    BOOST_TEST(opens(g.judge(socket())));
}

BOOST_AUTO_TEST_CASE(other_origins) {
    auto g = make();
    for (const auto* origin : {"", "null", "http://127.0.0.1:4712", "http://127.0.0.1", "https://127.0.0.1:4711",
                               "http://localhost:4711", "http://127.0.0.1:4711.evil"}) {
        auto r = socket();
        r.origin = origin;
        BOOST_TEST(g.judge(r).status == 403, origin);
        r.upgrade = false;
        r.target = "/app.js";
        BOOST_TEST(g.judge(r).status == 403, origin);
    }
    auto none = socket();
    none.origin.reset();
    BOOST_TEST(g.judge(none).status == 403);
    for (const auto* site : {"same-site", "cross-site", "other"}) { // a page of another port is of the same site
        auto r = socket();
        r.upgrade = false;
        r.target = "/app.js";
        r.origin.reset();
        r.fetch_site = site;
        BOOST_TEST(g.judge(r).status == 403, site);
        r.fetch_site = "same-origin";
        BOOST_TEST(opens(g.judge(r)));
    }
}

/// A browser sends the cookie to every port of this machine; what listens there has no use for it.
BOOST_AUTO_TEST_CASE(the_cookie_alone_opens_no_socket) {
    auto g = make();
    for (const auto& protocols : {std::string(), std::string("tug."), "tug." + token, "tug." + secret + "c", secret}) {
        auto r = socket();
        r.protocols = protocols;
        BOOST_TEST(g.judge(r).status == 403, protocols);
    }
    auto r = socket();
    const auto several = "chat, tug." + secret;
    r.protocols = several;
    BOOST_TEST((g.judge(r).what == verdict::kind::socket));
}

BOOST_AUTO_TEST_CASE(other_methods) {
    auto g = make();
    for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS", "CONNECT", ""}) {
        auto r = socket();
        r.method = method;
        BOOST_TEST(g.judge(r).status == 405, method);
    }
}

BOOST_AUTO_TEST_SUITE_END()
