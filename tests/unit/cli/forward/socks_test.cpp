// The opening of SOCKS 4, 4a and 5, in one piece and byte by byte.

#include "cli/forward/socks.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tug::cli;
using namespace std::string_literals;
using state = socks_opening::state;

namespace {

struct outcome {
    state end = state::reading;
    std::string replies;
    std::string asked;
    std::string rest;

    friend bool operator==(const outcome&, const outcome&) = default;
};

/// What comes of those bytes in pieces of that size.
outcome open(const std::string& bytes, std::size_t piece) {
    socks_opening s;
    outcome out;
    std::size_t at = 0;
    while (at < bytes.size() && s.now() == state::reading) {
        s.feed(std::string_view(bytes).substr(at, piece));
        at += std::min(piece, bytes.size() - at);
        out.replies += s.take_reply();
    }
    out.end = s.now();
    if (s.now() == state::asked) {
        out.asked = s.host() + ":" + std::to_string(s.port());
        out.rest = s.rest() + bytes.substr(at);
        out.replies += "|" + s.grant();
    }
    return out;
}

/// However the bytes are cut.
outcome always(const std::string& bytes) {
    const auto whole = open(bytes, bytes.size());
    for (std::size_t piece = 1; piece < bytes.size(); ++piece) BOOST_TEST((open(bytes, piece) == whole), piece);
    return whole;
}

const auto v5_hello = "\x05\x01\0"s;
const auto v5_no_login = "\x05\0"s;
const auto v5_granted = "|\x05\0\0\x01\0\0\0\0\0\0"s;
const auto v4_granted = "|\0\x5a\0\0\0\0\0\0"s;

BOOST_AUTO_TEST_SUITE(socks_test)

BOOST_AUTO_TEST_CASE(version_4) {
    const auto r = always("\x04\x01\x15\x38\x0a\0\0\x05user\0rest"s);
    BOOST_TEST((r == outcome{state::asked, v4_granted, "10.0.0.5:5432", "rest"}));
    BOOST_TEST(always("\x04\x01\0\x50\x7f\0\0\x01\0"s).asked == "127.0.0.1:80");
}

BOOST_AUTO_TEST_CASE(version_4a) {
    const auto r = always("\x04\x01\0\x50\0\0\0\x07me\0db.internal\0"s);
    BOOST_TEST((r == outcome{state::asked, v4_granted, "db.internal:80", ""}));
    BOOST_TEST(always("\x04\x01\0\x50\0\0\0\0\0"s).asked == "0.0.0.0:80");
}

BOOST_AUTO_TEST_CASE(version_5) {
    const auto name = always(v5_hello + "\x05\x01\0\x03\x02"
                                        "db\x01\xbb"
                                        "rest"s);
    BOOST_TEST((name == outcome{state::asked, v5_no_login + v5_granted, "db:443", "rest"}));
    BOOST_TEST(always(v5_hello + "\x05\x01\0\x01\x0a\0\0\x01\0\x50"s).asked == "10.0.0.1:80");
    BOOST_TEST(always(v5_hello + "\x05\x01\0\x04"s + std::string(15, '\0') + "\x01\0\x50"s).asked == "::1:80");
    BOOST_TEST(always("\x05\x03\x02\x01\0\x05\x01\0\x01\x0a\0\0\x01\0\x50"s).asked == "10.0.0.1:80");
}

BOOST_AUTO_TEST_CASE(what_is_refused) {
    const auto ends = [](const std::string& bytes) {
        const auto r = always(bytes);
        BOOST_TEST((r.end == state::failed));
        return r.replies;
    };
    BOOST_TEST(ends("GET / HTTP/1.1\r\n") == "");
    BOOST_TEST(ends("\x05\x01\x02"s) == "\x05\xff"s); // a login alone
    BOOST_TEST(ends("\x05\0"s) == "\x05\xff"s);
    BOOST_TEST(ends("\x04\x02\0\x50\x7f\0\0\x01\0"s) == "\0\x5b\0\0\0\0\0\0"s); // BIND
    BOOST_TEST(ends(v5_hello + "\x05\x02\0\x01\x7f\0\0\x01\0\x50"s).starts_with(v5_no_login + "\x05\x07"s));
    BOOST_TEST(ends(v5_hello + "\x05\x01\0\x07\x7f"s).starts_with(v5_no_login + "\x05\x08"s));
    BOOST_TEST(ends(v5_hello + "\x05\x01\0\x03\0\0\x50"s).starts_with(v5_no_login + "\x05\x01"s));         // no name
    BOOST_TEST(ends(v5_hello + "\x05\x01\0\x01\x7f\0\0\x01\0\0"s).starts_with(v5_no_login + "\x05\x01"s)); // port 0
    BOOST_TEST(ends(v5_hello + "\x05\x01\0\x03\x03"
                               "a\0b\0\x50"s)
                   .starts_with(v5_no_login + "\x05\x01"s));
    BOOST_TEST(ends("\x04\x01\0\x50\x7f\0\0\x01"s + std::string(2000, 'u')) == "");
    BOOST_TEST(ends("\x04\x01\0\x50\x7f\0\0\x01"s + std::string(2000, 'u') + '\0') == "");
}

BOOST_AUTO_TEST_CASE(a_half_is_no_request) {
    const auto all = v5_hello + "\x05\x01\0\x03\x02"
                                "db\x01\xbb"s;
    for (std::size_t n = 0; n < all.size(); ++n) BOOST_TEST((open(all.substr(0, n), 1).end == state::reading), n);
}

BOOST_AUTO_TEST_CASE(replies_of_failure) {
    socks_opening v5;
    v5.feed(v5_hello);
    using reason = socks_opening::reason;
    const std::pair<reason, char> codes[] = {
        {reason::failure, 1}, {reason::denied, 2}, {reason::unreachable, 4}, {reason::refused, 5}};
    for (const auto& [why, code] : codes) BOOST_TEST(v5.refuse(why)[1] == code);
    BOOST_TEST(v5.refuse(reason::denied).size() == 10U);
    socks_opening v4;
    v4.feed("\x04"s);
    BOOST_TEST(v4.refuse(reason::denied) == "\0\x5b\0\0\0\0\0\0"s);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
