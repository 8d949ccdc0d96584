// The PROXY header of version 2, cut at every byte.

#include "server/proxy_header.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tug::service;
using namespace std::string_literals;
using state = proxy_header::state;

namespace {

const auto signature = "\r\n\r\n\0\r\nQUIT\n"s;

std::string header(char command, char family, const std::string& data) {
    const auto size = data.size();
    return signature + command + family + static_cast<char>(size >> 8U) + static_cast<char>(size & 0xffU) + data;
}

const auto tcp4 = header('\x21', '\x11', "\x0a\x01\x02\x03\x7f\0\0\x01\x30\x39\x22\x88"s);
const auto tcp6 = header('\x21', '\x21', std::string(15, '\0') + '\x09' + std::string(16, '\0') + "\x30\x39\x22\x88"s);

/// What is behind the header stays where it is: it takes what it wants and no more, in pieces of at most `most`.
std::string read(std::string bytes, std::size_t most) {
    proxy_header h;
    while (h.now() == state::reading && !bytes.empty()) {
        const auto n = std::min({h.wanted(), most, bytes.size()});
        BOOST_TEST_REQUIRE(n > 0U);
        h.feed(std::as_bytes(std::span(bytes).first(n)));
        bytes.erase(0, n);
    }
    if (h.now() == state::reading) return "reading";
    if (h.now() == state::wrong) return "wrong: " + std::string(h.why());
    const auto from =
        h.source() ? h.source()->address().to_string() + " " + std::to_string(h.source()->port()) : "local";
    return from + " | " + bytes;
}

/// However the bytes come.
std::string always(const std::string& bytes) {
    const auto whole = read(bytes, bytes.size());
    for (std::size_t most = 1; most < bytes.size(); ++most) BOOST_TEST(read(bytes, most) == whole, most);
    return whole;
}

BOOST_AUTO_TEST_SUITE(proxy_header_test)

BOOST_AUTO_TEST_CASE(addresses) {
    BOOST_TEST(always(tcp4 + "rest") == "10.1.2.3 12345 | rest");
    BOOST_TEST(always(tcp6 + "rest") == "::9 12345 | rest");
    const auto mapped = std::string(10, '\0') + "\xff\xff\x0a\x01\x02\x03"s + std::string(16, '\0') + "\x30\x39\0\x01"s;
    BOOST_TEST(always(header('\x21', '\x21', mapped)) == "10.1.2.3 12345 | ");
}

BOOST_AUTO_TEST_CASE(what_a_proxy_adds_is_skipped) {
    const auto more = std::string(12, '\x07') + "\x04\0\x02..."s + std::string(300, 't');
    BOOST_TEST(always(header('\x21', '\x11', more) + "rest").ends_with(" | rest"));
    BOOST_TEST(always(header('\x20', '\0', "")) == "local | ");
    BOOST_TEST(always(header('\x20', '\x11', std::string(12, 'x')) + "rest") == "local | rest");
    BOOST_TEST(always(header('\x21', '\x31', std::string(216, 's'))) == "local | "); // a Unix socket
    BOOST_TEST(always(header('\x21', '\0', "")) == "local | ");
}

BOOST_AUTO_TEST_CASE(a_part_is_no_header) {
    for (std::size_t n = 0; n < tcp4.size(); ++n) BOOST_TEST(read(tcp4.substr(0, n), 1) == "reading", n);
}

BOOST_AUTO_TEST_CASE(what_is_refused) {
    BOOST_TEST(always("PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n").starts_with("wrong: a PROXY header of version 1"));
    for (const auto& text : {"GET / HTTP/1.1\r\n\r\n"s, "\0\0\0\x49"s, "\x16\x03\x01\0\0"s, "\r\n\r\nx"s, "P"s + "X"s})
        BOOST_TEST(always(text) == "wrong: no PROXY header of version 2", text);
    BOOST_TEST(always(header('\x22', '\x11', std::string(12, 'x'))).starts_with("wrong: a PROXY header of an unknown"));
    BOOST_TEST(always(header('\x11', '\x11', std::string(12, 'x'))).starts_with("wrong: a PROXY header of an unknown"));
    BOOST_TEST(always(header('\x21', '\x11', std::string(11, 'x'))).starts_with("wrong: a PROXY header with less"));
    BOOST_TEST(always(header('\x21', '\x21', std::string(35, 'x'))).starts_with("wrong: a PROXY header with less"));
    BOOST_TEST(always(header('\x21', '\x11', std::string(4097, 'x'))) == "wrong: a PROXY header that is too long");
    for (std::size_t i = 0; i < signature.size(); ++i) {
        auto flipped = tcp4;
        flipped[i] = static_cast<char>(flipped[i] ^ 1);
        BOOST_TEST(always(flipped).starts_with("wrong: "), i);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
