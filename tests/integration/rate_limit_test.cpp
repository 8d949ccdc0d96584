// Sources whose logins fail.

#include "support/proc.hpp"
#include "support/talk.hpp"
#include "support/test_server.hpp"

#include "tug/service/options.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace {

using namespace tug::test;
using namespace std::chrono_literals;

server_setup setup(std::chrono::milliseconds penalty, bool limit_loopback = true) {
    return {.adjust =
                [=](auto& o) {
                    o.failed_login_delay = 1ms;
                    o.limit_loopback = limit_loopback;
                    o.bad_logins.first = penalty;
                    o.bad_logins.last = 4 * penalty;
                },
            .with_keys = true};
}

const std::string refused = "error(rate_limited null)";

void fail_to_log_in(const test_server& server, int times, const std::string& from = {}) {
    for (int i = 0; i < times; ++i) {
        auto c = server.unauthenticated(from);
        c.hello();
        BOOST_TEST(c.hear_of(request("1", "rpc.authenticate")) == "error(auth_failed 1)");
    }
}

BOOST_AUTO_TEST_SUITE(server_rate_limit_test)

/// `rate_limited` stands in the place of the hello, also for one who has the key; other sources are not concerned.
BOOST_AUTO_TEST_CASE(after_five_failures) {
    const test_server server(setup(60s));
    auto member = server.connect();
    fail_to_log_in(server, 5);
    auto c = server.unauthenticated();
    BOOST_TEST(c.hear() == refused);
    BOOST_TEST(c.is_closed());
    BOOST_TEST(server.connect("all", "127.0.0.2").is_served());
    BOOST_TEST(member.is_served());
}

BOOST_AUTO_TEST_CASE(it_is_retryable_and_says_when) {
    const test_server server(setup(60s));
    fail_to_log_in(server, 5);
    auto c = server.unauthenticated();
    const auto error = c.receive().json().at("error");
    BOOST_TEST(error.at("data").at("retryable").as_bool());
    const std::string message(error.at("message").as_string());
    BOOST_TEST((message.find(" 60 s") != std::string::npos || message.find(" 59 s") != std::string::npos), message);
}

BOOST_AUTO_TEST_CASE(it_ends) {
    const test_server server(setup(300ms));
    fail_to_log_in(server, 5);
    BOOST_TEST(server.unauthenticated().hear() == refused);
    BOOST_TEST(eventually([&] { return server.unauthenticated().hear() == "rpc.hello"; }));
    fail_to_log_in(server, 1); // and the next one comes sooner
    BOOST_TEST(server.unauthenticated().hear() == refused);
    BOOST_TEST(eventually([&] { return server.unauthenticated().hear() == "rpc.hello"; }));
    BOOST_TEST(server.connect().is_served());
    fail_to_log_in(server, 4);
    BOOST_TEST(server.unauthenticated().hear() == "rpc.hello");
}

BOOST_AUTO_TEST_CASE(this_host_is_exempt) {
    const test_server server(setup(60s, false));
    fail_to_log_in(server, 20);
    BOOST_TEST(server.connect().is_served());
}

/// Of Unix sockets the user counts.
BOOST_AUTO_TEST_CASE(unix_sockets) {
    for (const bool limited : {true, false}) {
        auto how = setup(60s, limited);
        how.on_unix_socket = true;
        const test_server server(how);
        fail_to_log_in(server, 5);
        BOOST_TEST(server.unauthenticated().hear() == (limited ? refused : "rpc.hello"));
    }
}

/// Who says nothing, or no login, has not failed to log in.
BOOST_AUTO_TEST_CASE(what_is_no_login) {
    const test_server server(setup(60s));
    for (int i = 0; i < 10; ++i) {
        auto c = server.unauthenticated();
        c.hello();
        if (i % 2 == 0) BOOST_TEST(c.hear_of(request("1", "rpc.ping")) == "error(auth_required 1)");
    }
    BOOST_TEST(server.connect().is_served());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
