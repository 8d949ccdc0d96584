// Limits of the server as a whole: connections, strangers, and many that say nothing.

#include "support/proc.hpp"
#include "support/test_server.hpp"

#include "tug/service/options.hpp"
#include "tug/service/server.hpp"

#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>
#include <sys/resource.h>

#include <chrono>
#include <deque>
#include <functional>
#include <optional>

namespace {

using namespace tug::test;

BOOST_AUTO_TEST_SUITE(server_limits_test)

/// `busy` stands in the place of the hello; a place is free again as soon as somebody goes.
BOOST_AUTO_TEST_CASE(connections_over_the_limit) {
    const test_server server{{.adjust = [](auto& o) { o.connections = 3; }}};
    auto a = server.connect();
    auto b = server.connect();
    {
        auto c = server.connect();
        auto over = server.stranger();
        BOOST_TEST(over.hear() == "error(busy null)");
        BOOST_TEST(over.is_closed());
        BOOST_TEST(c.is_served());
    }
    BOOST_TEST(eventually([&] { return server.stranger().hear() == "rpc.hello"; }));
    BOOST_TEST(a.is_served());
    BOOST_TEST(b.is_served());
}

BOOST_AUTO_TEST_CASE(the_oldest_stranger_makes_room) {
    const test_server server{{.adjust = [](auto& o) { o.strangers = 3; }, .with_keys = true}};
    auto member = server.connect();
    std::deque<raw_client> strangers;
    for (int i = 0; i < 3; ++i) {
        strangers.push_back(server.stranger());
        strangers.back().hello();
    }
    auto fourth = server.stranger();
    fourth.hello();
    BOOST_TEST(strangers[0].is_closed()); // without a word
    BOOST_TEST(!strangers[1].has_input(50));
    strangers[1].close();
    BOOST_TEST(server.connect().is_served());
    BOOST_TEST(member.is_served());
}

/// Who has logged in is no stranger any more, and makes no room for others.
BOOST_AUTO_TEST_CASE(members_are_no_strangers) {
    const test_server server{{.adjust = [](auto& o) { o.strangers = 1; }, .with_keys = true}};
    std::deque<raw_client> members;
    for (int i = 0; i < 5; ++i) members.push_back(server.connect());
    for (auto& m : members) BOOST_TEST(m.is_served());
}

/// Silent connections never lock a real client out.
BOOST_AUTO_TEST_CASE(two_thousand_silent_connections) {
    rlimit files{};
    BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
    const auto soft = files.rlim_cur;
    files.rlim_cur = files.rlim_max;
    BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &files) == 0);
    BOOST_REQUIRE(files.rlim_max > 4200U);
    for (const bool with_keys : {true, false}) {
        const test_server server{{.with_keys = with_keys}};
        auto member = server.connect();
        std::deque<raw_client> silent;
        for (int i = 0; i < 2000; ++i) silent.push_back(server.stranger());
        const auto begin = std::chrono::steady_clock::now();
        BOOST_TEST(server.connect().is_served());
        BOOST_TEST(member.is_served());
        BOOST_TEST(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() < 5.0);
        BOOST_TEST(silent.back().hear() == "rpc.hello");
    }
    files.rlim_cur = soft;
    BOOST_TEST(::setrlimit(RLIMIT_NOFILE, &files) == 0);
}

BOOST_AUTO_TEST_CASE(limits_of_zero_are_refused) {
    using tug::service::options;
    const std::function<void(options&)> zeros[] = {
        [](options& o) { o.connections = 0; },
        [](options& o) { o.strangers = 0; },
        [](options& o) { o.commands = 0; },
        [](options& o) { o.strangers_per_source = 0; },
        [](options& o) { o.file_threads = 0; },
        [](options& o) { o.limits.in_flight = 0; },
        [](options& o) { o.limits.window = 0; },
        [](options& o) { o.limits.body = 0; },
        [](options& o) { o.limits.envelope = 0; },
        [](options& o) { o.opening_time = {}; },
        [](options& o) { o.patience.body = {}; },
        [](options& o) { o.patience.envelope = {}; },
        [](options& o) { o.patience.write = {}; },
        [](options& o) { o.listen.clear(); },
        [](options& o) { o.root = "/no/such/directory"; },
    };
    for (const auto& zero : zeros) {
        options o;
        zero(o);
        BOOST_CHECK_THROW(tug::service::server(o, std::nullopt, tug::service::server::no_log()),
                          boost::system::system_error);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
