// A plain transport: a wait may be a small read, which nobody may notice but by the system calls.

#include "tug/net/transport.hpp"

#include "support/played_peer.hpp"
#include "tug/net/tokens.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tug::net::transport;
using tug::test::played_peer;

struct ends : played_peer {
    transport it = connect();
    std::string came;
    std::optional<error_code> ended;

    ~ends() {
        it.close();
        poll();
    }

    /// Reads until the end, at most so many bytes at a time, into two buffers.
    void start(std::size_t most) {
        asio::co_spawn(io, read(most), asio::detached);
        poll();
    }

    asio::awaitable<void> read(std::size_t most) {
        std::vector<std::byte> memory(most);
        const std::array<std::span<std::byte>, 2> buffers{std::span(memory).first(most / 3),
                                                          std::span(memory).subspan(most / 3)};
        while (!ended) {
            if (!it.has_input()) {
                const auto [ec] = co_await it.async_wait_readable(tug::net::as_tuple);
                if (ec) ended = ec;
                if (ec) break;
            }
            error_code ec;
            const auto n = it.read_some(buffers, ec);
            came.append(reinterpret_cast<const char*>(memory.data()), n);
            if (ec && ec != asio::error::would_block) ended = ec;
        }
    }
};

std::string numbered(std::size_t size, std::size_t from) {
    std::string out;
    for (std::size_t i = 0; i < size; ++i) out.push_back(static_cast<char>('!' + (from + i) % 89));
    return out;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(transport_test, ends)

BOOST_AUTO_TEST_CASE(whatever_comes_at_a_time) {
    constexpr auto first = tug::net::first_bytes::capacity();
    start(4 * first);
    std::string sent;
    // Below, at and above what a wait reads, each after each.
    for (const std::size_t a : {std::size_t{1}, first - 1, first, first + 1, 2 * first, 5 * first})
        for (const std::size_t b : {std::size_t{1}, first - 1, first, first + 1, 2 * first, 5 * first})
            for (const auto size : {a, b}) {
                const auto piece = numbered(size, sent.size());
                sent += piece;
                say(piece);
                BOOST_TEST_REQUIRE(came.size() == sent.size());
            }
    BOOST_TEST(came == sent);
    close_peer();
    poll();
    BOOST_TEST((ended == asio::error::eof));
}

BOOST_AUTO_TEST_CASE(buffers_smaller_than_what_came) {
    start(10);
    const auto sent = numbered(1000, 0);
    say(sent.substr(0, 200));
    say(sent.substr(200));
    BOOST_TEST(came == sent);
}

BOOST_AUTO_TEST_CASE(bytes_before_the_end) {
    const auto sent = numbered(300, 0);
    say(sent);
    close_peer();
    start(1000);
    BOOST_TEST(came == sent);
    BOOST_TEST((ended == asio::error::eof));
}

/// read_some() says so, as where the wait is for readiness alone.
BOOST_AUTO_TEST_CASE(a_reset_is_no_error_of_the_wait) {
    error_code waited(1, boost::system::generic_category());
    it.async_wait_readable([&](error_code ec) { waited = ec; });
    poll();
    // What is left unread at a close of a Unix socket resets it.
    BOOST_TEST_REQUIRE(::send(it.socket().native_handle(), "x", 1, 0) == 1);
    close_peer();
    poll();
    BOOST_TEST(!waited);
    BOOST_TEST(it.has_input());
    std::array<std::byte, 8> memory;
    const std::array<std::span<std::byte>, 1> buffers{memory};
    error_code ec;
    BOOST_TEST(it.read_some(buffers, ec) == 0);
    BOOST_TEST((ec == asio::error::connection_reset));
    BOOST_TEST(it.read_some(buffers, ec) == 0);
    BOOST_TEST((ec == asio::error::eof));
}

BOOST_AUTO_TEST_CASE(a_wait_is_cancelled) {
    std::optional<error_code> waited;
    it.async_wait_readable([&](error_code ec) { waited = ec; });
    poll();
    BOOST_TEST(!waited);
    it.socket().cancel();
    poll();
    BOOST_TEST((waited == asio::error::operation_aborted));
    BOOST_TEST(!it.has_input());
}

/// What a wait has read is there for the next who reads, whatever became of the one who waited.
BOOST_AUTO_TEST_CASE(what_came_before_the_cancel_is_kept) {
    it.async_wait_readable([](error_code) {});
    poll();
    BOOST_TEST_REQUIRE(::write(peer, "abc", 3) == 3);
    io.restart();
    io.run_one();
    it.socket().cancel();
    poll();
    start(100);
    BOOST_TEST(came == "abc");
}

BOOST_AUTO_TEST_SUITE_END()
