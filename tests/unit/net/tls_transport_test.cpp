// A transport with TLS on it: the same bytes come out, however those in between are cut, and nothing waits for bytes
// that are there already.

#include "support/frames.hpp"
#include "support/raw_client.hpp"
#include "support/tls_peer.hpp"
#include "support/tls_wire.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/test/unit_test.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace tug::test;
using boost::system::error_code;

using buffers = std::vector<std::span<const std::byte>>;

std::size_t write(tug::net::transport& to, const buffers& what, error_code& ec) {
    return to.write_some(what, ec);
}

/// What has arrived and was not read: a read makes one recv alone.
std::string drain(tug::net::transport& from) {
    std::string out;
    for (auto t = take(from); !t.bytes.empty(); t = take(from)) out += t.bytes;
    return out;
}

/// Writes all of it while the line takes it in such pieces, and returns what comes out.
std::string through(tls_wire& w, std::string_view bytes, std::size_t piece) {
    std::string out;
    while (!bytes.empty() || w.client.it->has_output() || w.move(piece)) {
        error_code ec;
        if (!bytes.empty() || w.client.it->has_output())
            bytes.remove_prefix(write(*w.client.it, {bytes_of(bytes)}, ec));
        if (ec && ec != asio::error::would_block) BOOST_FAIL(ec.message());
        w.move(piece);
        auto t = take(*w.server.it);
        if (t.ec && t.ec != asio::error::would_block) BOOST_FAIL(t.ec.message());
        out += t.bytes;
    }
    return out + drain(*w.server.it);
}

/// How many TLS records stand in these bytes.
std::size_t records(std::string_view bytes) {
    std::size_t n = 0;
    while (bytes.size() >= 5) {
        const auto high = static_cast<unsigned char>(bytes[3]);
        const auto low = static_cast<unsigned char>(bytes[4]);
        bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 5 + high * 256U + low));
        ++n;
    }
    return n;
}

/// A transport that is the server of an OpenSSL client.
struct beside_openssl : tls_wire {
    std::unique_ptr<tls_peer> peer;

    beside_openssl() {
        auto connected = std::async(std::launch::async, [this] { return std::make_unique<tls_peer>(server.fd); });
        bool done = false;
        asio::co_spawn(io, tug::net::handshake(*server.it),
                       [&](std::exception_ptr, const tug::proto::result<void>& r) { done = r.has_value(); });
        io.run_for(std::chrono::seconds(30));
        peer = connected.get();
        BOOST_REQUIRE(done);
    }
};

BOOST_AUTO_TEST_SUITE(tls_transport_test)

BOOST_AUTO_TEST_CASE(any_split_gives_the_same_bytes) {
    const auto bytes = sample_bytes(40'000);
    for (const std::size_t piece : {1U, 2U, 3U, 5U, 7U, 100U, 4096U, 16'401U, 1'000'000U}) {
        BOOST_TEST_CONTEXT("pieces of " << piece) {
            tls_wire w;
            w.shake_hands(piece);
            BOOST_TEST((w.client.it->tls_exporter() == w.server.it->tls_exporter()));
            BOOST_TEST((through(w, bytes, piece) == bytes));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_cut_at_every_place_of_a_record) {
    tls_wire w;
    w.shake_hands(4096);
    const std::string text = "one small answer";
    for (std::size_t cut = 0; cut <= text.size() + 22; ++cut) {
        error_code ec;
        BOOST_TEST(write(*w.client.it, {bytes_of(text)}, ec) == text.size());
        if (cut > 0) BOOST_TEST(w.move_to_server(cut).size() == cut);
        auto first = take(*w.server.it);
        w.move(4096);
        first.bytes += take(*w.server.it).bytes;
        BOOST_TEST(first.bytes == text);
    }
}

BOOST_AUTO_TEST_CASE(small_pieces_make_one_record_and_large_ones_full_ones) {
    tls_wire w;
    w.shake_hands(4096);
    const std::string a(8, 'a');
    const std::string b(100, 'b');
    error_code ec;
    BOOST_TEST(write(*w.client.it, {bytes_of(a), {}, bytes_of(b), bytes_of(a)}, ec) == 116U);
    const auto small = w.move_to_server(100'000);
    BOOST_TEST(records(small) == 1U);
    BOOST_TEST(small.size() == 116U + 22U);
    BOOST_TEST(take(*w.server.it).bytes == a + b + a);

    const std::string body(40'000, 'c');
    BOOST_TEST(write(*w.client.it, {bytes_of(b), bytes_of(body)}, ec) == 40'100U);
    BOOST_TEST(records(w.move_to_server(100'000)) == 3U);
    BOOST_TEST((take(*w.server.it).bytes == b + body));
}

BOOST_AUTO_TEST_CASE(what_was_read_ahead_is_input) {
    tls_wire w;
    w.shake_hands(4096);
    const auto bytes = sample_bytes(50'000);
    error_code ec;
    BOOST_TEST(write(*w.client.it, {bytes_of(bytes)}, ec) == bytes.size());
    w.move(100'000);
    std::string out;
    std::string part(1000, '\0');
    const std::array<std::span<std::byte>, 1> to{std::as_writable_bytes(std::span(part))};
    BOOST_TEST(!w.server.it->has_input());
    // The first read empties the socket: the others have to do without its readiness.
    do out.append(part, 0, w.server.it->read_some(to, ec));
    while (w.server.it->has_input());
    BOOST_TEST((out == bytes));
    BOOST_TEST(w.server.it->read_some(to, ec) == 0U);
    BOOST_TEST((ec == asio::error::would_block));
}

BOOST_AUTO_TEST_CASE(a_socket_that_takes_no_more) {
    tls_wire w;
    w.shake_hands(4096);
    const auto bytes = sample_bytes(1'000'000);
    std::string_view left = bytes;
    error_code ec;
    while (!ec) left.remove_prefix(write(*w.client.it, {bytes_of(left)}, ec));
    BOOST_TEST((ec == asio::error::would_block));
    BOOST_TEST(w.client.it->has_output());
    BOOST_TEST(w.client.it->unsent() < 70'000U);
    BOOST_TEST(!w.client.it->shutdown_send()); // the rest comes first
    std::string out;
    while (w.client.it->has_output() || w.move(50'000)) {
        write(*w.client.it, {}, ec);
        w.move(50'000);
        out += take(*w.server.it).bytes;
    }
    out += drain(*w.server.it);
    BOOST_TEST((out == bytes.substr(0, bytes.size() - left.size())));
    BOOST_TEST((take(*w.server.it).ec == asio::error::eof));
}

BOOST_AUTO_TEST_CASE(an_end_with_and_without_a_word) {
    for (const bool said : {true, false}) {
        tls_wire w;
        w.shake_hands(4096);
        error_code ec;
        write(*w.client.it, {bytes_of("last")}, ec);
        if (said) BOOST_TEST(w.client.it->shutdown_send());
        w.move(4096);
        ::shutdown(w.server.fd, SHUT_WR);
        const auto t = take(*w.server.it);
        const auto end = t.ec ? t.ec : take(*w.server.it).ec;
        BOOST_TEST(t.bytes == "last");
        BOOST_TEST((end == (said ? error_code(asio::error::eof) : error_code(asio::ssl::error::stream_truncated))));
        // One direction has ended, not the other; a broken connection takes no more.
        BOOST_TEST((write(*w.server.it, {bytes_of("x")}, ec) == (said ? 1U : 0U)));
    }
}

BOOST_AUTO_TEST_CASE(a_changed_byte_is_an_error) {
    tls_wire w;
    w.shake_hands(4096);
    error_code ec;
    write(*w.client.it, {bytes_of("delete nothing")}, ec);
    std::string record(1000, '\0');
    record.resize(static_cast<std::size_t>(::recv(w.client.fd, record.data(), record.size(), 0)));
    record[10] = static_cast<char>(record[10] ^ 1);
    BOOST_REQUIRE(::send(w.server.fd, record.data(), record.size(), 0) == static_cast<ssize_t>(record.size()));
    const auto t = take(*w.server.it);
    BOOST_TEST(t.bytes.empty());
    BOOST_TEST((t.ec.category() == asio::error::get_ssl_category()));
    BOOST_TEST(w.server.it->has_output()); // the alert, which the next write sends
    write(*w.server.it, {}, ec);
    BOOST_TEST((ec.category() == asio::error::get_ssl_category()));
    w.move(4096);
    BOOST_TEST((take(*w.client.it).ec.category() == asio::error::get_ssl_category()));
}

BOOST_FIXTURE_TEST_CASE(new_keys_in_the_middle, beside_openssl) {
    for (int i = 0; i < 3; ++i) {
        peer->update_keys();
        peer->write("after an update");
        BOOST_TEST(take(*server.it).bytes == "after an update");
        error_code ec;
        BOOST_TEST(write(*server.it, {bytes_of("with new keys")}, ec) == 13U);
        std::string got(13, '\0');
        BOOST_TEST(peer->read(got.data(), got.size()) == 13U);
        BOOST_TEST(got == "with new keys");
    }
}

BOOST_FIXTURE_TEST_CASE(who_asks_for_keys_without_end_is_cut, beside_openssl) {
    error_code ec;
    for (int i = 0; i < 10'000 && !ec; ++i) {
        peer->update_keys();
        ec = take(*server.it).ec;
        if (ec == asio::error::would_block) ec = {};
        BOOST_REQUIRE(server.it->unsent() < 80'000U);
    }
    BOOST_TEST(server.it->has_output()); // the answers so far
    BOOST_TEST((ec == asio::error::no_buffer_space));
}

BOOST_AUTO_TEST_CASE(a_peer_that_is_gone_raises_no_signal) {
    tls_wire w;
    w.shake_hands(4096);
    const auto before = std::signal(SIGPIPE, SIG_DFL);
    ::shutdown(w.client.fd, SHUT_RDWR);
    error_code ec;
    write(*w.client.it, {bytes_of("x")}, ec);
    BOOST_TEST((ec == boost::system::errc::broken_pipe));
    BOOST_TEST(w.client.it->shutdown_send());
    std::signal(SIGPIPE, before);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
