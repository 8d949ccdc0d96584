// Where a server listens: several addresses, Unix sockets, and what stands in the way.

#include "support/proc.hpp"
#include "support/test_server.hpp"

#include "tug/service/options.hpp"
#include "tug/service/server.hpp"

#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace {

using namespace tug::test;
using tug::service::options;

struct place {
    temp_dir dir;
    std::string path = dir / "socket";

    [[nodiscard]] options on_socket() const {
        options o;
        o.root = dir.path().string();
        o.threads = 1;
        o.listen = {{"", 0, path}};
        return o;
    }

    void refused() const {
        tug::service::server s(on_socket(), std::nullopt, tug::service::server::no_log());
        BOOST_CHECK_THROW(s.start(), boost::system::system_error);
    }
};

bool serves(const std::string& address) {
    raw_client c(address);
    c.hello();
    return c.is_served();
}

BOOST_FIXTURE_TEST_SUITE(server_listening_test, place)

BOOST_AUTO_TEST_CASE(several_addresses) {
    auto o = on_socket();
    o.listen.push_back({"127.0.0.1", 0, ""});
    o.listen.push_back({"localhost", 0, ""});
    tug::service::server s(o, std::nullopt, tug::service::server::no_log());
    s.start();
    BOOST_REQUIRE(s.addresses().size() == 3U);
    BOOST_TEST(s.addresses()[0].to_string() == "unix:" + path);
    BOOST_TEST(s.addresses()[1].port != 0);
    BOOST_TEST(serves(s.addresses()[0].to_string()));
    BOOST_TEST(serves(s.addresses()[1].to_string()));
    s.stop();
    s.wait();
    BOOST_TEST(s.addresses().size() == 3U); // still known
    BOOST_TEST(!std::filesystem::exists(path));
}

/// The file of a server that was killed is replaced.
BOOST_AUTO_TEST_CASE(a_stale_socket_file) {
    const int dead = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un a{};
    a.sun_family = AF_UNIX;
    path.copy(a.sun_path, sizeof a.sun_path - 1);
    BOOST_REQUIRE(::bind(dead, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0);
    ::close(dead);
    BOOST_REQUIRE(std::filesystem::exists(path));
    tug::service::server s(on_socket(), std::nullopt, tug::service::server::no_log());
    s.start();
    BOOST_TEST(serves("unix:" + path));
}

BOOST_AUTO_TEST_CASE(a_socket_that_is_in_use) {
    tug::service::server s(on_socket(), std::nullopt, tug::service::server::no_log());
    s.start();
    refused();
    BOOST_TEST(serves("unix:" + path)); // it was not harmed
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_socket) {
    write_file(path, "precious");
    refused();
    BOOST_TEST(read_file(path) == "precious");
}

BOOST_AUTO_TEST_CASE(a_port_that_is_in_use) {
    const test_server first;
    auto o = on_socket();
    o.listen.push_back(tug::net::address::parse(first.address()).value());
    {
        tug::service::server s(o, std::nullopt, tug::service::server::no_log());
        BOOST_CHECK_THROW(s.start(), boost::system::system_error);
    }
    BOOST_TEST(!std::filesystem::exists(path)); // nothing is left of the other address
}

BOOST_AUTO_TEST_CASE(a_server_that_never_starts) {
    tug::service::server s(on_socket(), std::nullopt, tug::service::server::no_log());
    BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
