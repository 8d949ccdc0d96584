#include "os/cannot_listen.hpp"

#include "tug/proto/remedy.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <string>

using namespace tug;
using proto::errc;
using service::cannot_listen_at;
using service::cannot_listen_at_port;

BOOST_AUTO_TEST_SUITE(cannot_listen_test)

BOOST_AUTO_TEST_CASE(each_errno) {
    for (const int err : {EADDRINUSE, EEXIST}) BOOST_TEST((cannot_listen_at("x", err).code == errc::already_exists));
    for (const int err : {EACCES, EPERM}) BOOST_TEST((cannot_listen_at("x", err).code == errc::permission_denied));
    for (const int err : {EMFILE, ENFILE, ENOMEM, ENOBUFS}) BOOST_TEST((cannot_listen_at("x", err).code == errc::busy));
    BOOST_TEST((cannot_listen_at("x", EADDRNOTAVAIL).code == errc::io_error));
}

BOOST_AUTO_TEST_CASE(names_the_place_and_what_to_do) {
    const auto taken = cannot_listen_at("127.0.0.1:80", EADDRINUSE);
    BOOST_TEST(taken.message == "cannot listen at \"127.0.0.1:80\": Address already in use");
    BOOST_TEST(taken.os_error == "EADDRINUSE");
    BOOST_TEST(proto::remedy(taken).find("another port") != std::string::npos);
    const auto denied = cannot_listen_at_port("127.0.0.1:80", EACCES);
    BOOST_TEST(denied.message ==
               "cannot listen at \"127.0.0.1:80\", which takes CAP_NET_BIND_SERVICE: Permission denied");
    BOOST_TEST(cannot_listen_at_port("127.0.0.1:80", EADDRINUSE).message == taken.message);
    BOOST_TEST(cannot_listen_at("/run/x.sock", EACCES).message ==
               "cannot listen at \"/run/x.sock\": Permission denied");
    const auto elsewhere = cannot_listen_at("192.0.2.1:80", EADDRNOTAVAIL);
    BOOST_TEST(proto::remedy(elsewhere).find("that the host has") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
