#include "tunnels/offers.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/socket.h>

#include <array>
#include <chrono>

using namespace tug::service;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

struct world {
    asio::io_context io{1};
    offers::clock::time_point now{};
    offers all{3, 10s};

    /// Its peer, whose end shows when the socket goes.
    int add() {
        std::array<int, 2> fds{};
        BOOST_TEST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) == 0);
        all.add(tug::net::stream_socket(io, asio::generic::stream_protocol(AF_UNIX, 0), fds[0]), now);
        return fds[1];
    }

    static bool ended(int fd) {
        char byte = 0;
        return ::recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
    }
};

BOOST_FIXTURE_TEST_SUITE(offers_test, world)

BOOST_AUTO_TEST_CASE(one_is_taken_once) {
    const int first = add();
    const int second = add();
    auto taken = all.take(2);
    BOOST_TEST(taken.has_value());
    BOOST_TEST(!all.take(2).has_value());
    BOOST_TEST(!all.take(3).has_value());
    BOOST_TEST(!all.take(0).has_value());
    BOOST_TEST(all.take(1).has_value()); // and goes
    BOOST_TEST(ended(first));
    BOOST_TEST(!ended(second));
    BOOST_TEST(all.came() == 2U);
    BOOST_TEST(all.taken() == 2U);
    ::close(first);
    ::close(second);
}

BOOST_AUTO_TEST_CASE(so_many_wait) {
    const std::array<int, 3> peers{add(), add(), add()};
    BOOST_TEST(all.full());
    BOOST_TEST(all.take(2).has_value());
    BOOST_TEST(!all.full());
    for (const int fd : peers) ::close(fd);
}

BOOST_AUTO_TEST_CASE(each_waits_its_time) {
    const int first = add();
    now += 4s;
    const int second = add();
    BOOST_TEST((all.next_deadline() - now == 6s));
    now += 5s;
    all.expire(now);
    BOOST_TEST(!ended(first));
    now += 1s;
    all.expire(now);
    BOOST_TEST(ended(first));
    BOOST_TEST(!all.take(1).has_value());
    BOOST_TEST(!ended(second));
    now += 4s;
    all.expire(now);
    BOOST_TEST(ended(second));
    BOOST_TEST(all.empty());
    ::close(first);
    ::close(second);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
