// Limits of the server as a whole: connections, those of them that have not logged in, and many that say nothing.

#include "support/many_descriptors.hpp"
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

/// `busy` stands in the place of the hello; a place is free again as soon as a client goes.
BOOST_AUTO_TEST_CASE(connections_over_the_limit) {
    const test_server server{{.adjust = [](auto& o) { o.connections = 3; }}};
    auto a = server.connect();
    auto b = server.connect();
    {
        auto c = server.connect();
        auto over = server.unauthenticated();
        BOOST_TEST(over.hear() == "error(busy null)");
        BOOST_TEST(over.is_closed());
        BOOST_TEST(c.is_served());
    }
    BOOST_TEST(eventually([&] { return server.unauthenticated().hear() == "rpc.hello"; }));
    BOOST_TEST(a.is_served());
    BOOST_TEST(b.is_served());
}

BOOST_AUTO_TEST_CASE(the_oldest_stranger_makes_room) {
    const test_server server{{.adjust = [](auto& o) { o.unauthenticated = 3; }, .with_keys = true}};
    auto member = server.connect();
    std::deque<raw_client> strangers;
    for (int i = 0; i < 3; ++i) {
        strangers.push_back(server.unauthenticated());
        strangers.back().hello();
    }
    auto fourth = server.unauthenticated();
    fourth.hello();
    BOOST_TEST(strangers[0].is_closed()); // without a word
    BOOST_TEST(!strangers[1].has_input(50));
    strangers[1].close();
    BOOST_TEST(server.connect().is_served());
    BOOST_TEST(member.is_served());
}

/// Who has logged in makes no room for others.
BOOST_AUTO_TEST_CASE(members_are_no_strangers) {
    const test_server server{{.adjust = [](auto& o) { o.unauthenticated = 1; }, .with_keys = true}};
    std::deque<raw_client> members;
    for (int i = 0; i < 5; ++i) members.push_back(server.connect());
    for (auto& m : members) BOOST_TEST(m.is_served());
}

/// Silent connections never lock a real client out.
BOOST_AUTO_TEST_CASE(two_thousand_silent_connections) {
    const many_descriptors enough;
    for (const bool with_keys : {true, false}) {
        const test_server server{{.with_keys = with_keys}};
        auto member = server.connect();
        std::deque<raw_client> silent;
        for (int i = 0; i < 2000; ++i) silent.push_back(server.unauthenticated());
        BOOST_TEST(server.connect().is_served());
        BOOST_TEST(member.is_served());
        BOOST_TEST(silent.back().hear() == "rpc.hello");
    }
}

std::string source_of(int n) {
    return "127.0.1." + std::to_string(n);
}

/// Nor do they from several sources: neither a client of a source of its own, nor one of theirs.
BOOST_AUTO_TEST_CASE(two_thousand_silent_connections_from_ten_sources) {
    const many_descriptors enough;
    const test_server server{{.adjust = [](auto& o) { o.limit_loopback = true; }, .with_keys = true}};
    auto member = server.connect("all", source_of(1));
    std::deque<raw_client> silent;
    for (int i = 0; i < 2000; ++i) {
        silent.push_back(server.unauthenticated(source_of(1 + i % 10)));
        if (i % 100 == 99) {
            BOOST_TEST(server.connect("all", source_of(99)).is_served());
            BOOST_TEST(server.connect("all", source_of(5)).is_served());
        }
    }
    BOOST_TEST(member.is_served());
    std::size_t alive = 0;
    for (auto& s : silent) {
        static_cast<void>(s.hello());
        alive += s.has_input() ? 0 : 1; // the end of a connection is input
    }
    BOOST_TEST(alive <= 256U);
    BOOST_TEST(alive >= 200U);
    BOOST_TEST(!silent.back().has_input());
    BOOST_TEST(silent.front().is_closed());
}

BOOST_AUTO_TEST_CASE(strangers_of_one_source) {
    const auto set = [](auto& o) {
        o.limit_loopback = true;
        o.unauthenticated_per_source = 2;
    };
    const test_server server{{.adjust = set, .with_keys = true}};
    auto other = server.unauthenticated(source_of(2));
    other.hello();
    std::deque<raw_client> own;
    for (int i = 0; i < 3; ++i) {
        own.push_back(server.unauthenticated(source_of(1)));
        own.back().hello();
    }
    BOOST_TEST(own[0].is_closed()); // without a word, though another source has an older one
    BOOST_TEST(!other.has_input(50));
    BOOST_TEST(!own[1].has_input());
}

BOOST_AUTO_TEST_CASE(sizes_of_a_command) {
    const auto set = [](auto& o) { o.command = {.argv = 2, .env = 1}; };
    const test_server server{{.adjust = set}};
    auto c = server.connect();
    BOOST_TEST(c.ask("exec", R"({"argv":["echo","a"],"env":{"A":"1"}})").error() == "");
    BOOST_TEST(c.ask("exec", R"({"argv":["echo","a","b"]})").data("field") == R"("argv")");
    BOOST_TEST(c.ask("exec", R"({"argv":["echo"],"env":{"A":"1","B":"2"}})").data("field") == R"("env")");
}

BOOST_AUTO_TEST_CASE(limits_of_zero_are_refused) {
    using tug::service::options;
    const std::function<void(options&)> zeros[] = {
        [](options& o) { o.connections = 0; },
        [](options& o) { o.unauthenticated = 0; },
        [](options& o) { o.commands = 0; },
        [](options& o) { o.unauthenticated_per_source = 0; },
        [](options& o) { o.file_threads = 0; },
        [](options& o) { o.start_threads = 0; },
        [](options& o) { o.failed_login_delay = {}; },
        [](options& o) { o.limits.in_flight = 0; },
        [](options& o) { o.limits.window = 0; },
        [](options& o) { o.max_window = 0; },
        [](options& o) { o.max_buffered = 0; },
        [](options& o) { o.limits.body = 0; },
        [](options& o) { o.limits.envelope = 0; },
        [](options& o) { o.opening_time = {}; },
        [](options& o) { o.timeouts.body = {}; },
        [](options& o) { o.timeouts.envelope = {}; },
        [](options& o) { o.timeouts.write = {}; },
        [](options& o) { o.command.argv = 0; },
        [](options& o) { o.command.env = 0; },
        [](options& o) { o.bad_logins.most = 0; },
        [](options& o) { o.bad_logins.first = {}; },
        [](options& o) { o.bad_logins.last = {}; },
        [](options& o) { o.bad_logins.sources = 0; },
        [](options& o) { o.audit = "/no/such/directory/audit"; },
        [](options& o) { o.exec_user = "no such user"; },
        [](options& o) { o.root = "/no/such/directory"; },
    };
    for (const auto& zero : zeros) {
        options o;
        zero(o);
        BOOST_CHECK_THROW(tug::service::server(o, std::nullopt, tug::service::server::no_log()),
                          boost::system::system_error);
    }
}

/// Sockets may come by listen_on() until it starts.
BOOST_AUTO_TEST_CASE(a_server_without_an_address_does_not_start) {
    tug::service::options o;
    o.listen.clear();
    tug::service::server s(o, std::nullopt, tug::service::server::no_log());
    BOOST_CHECK_THROW(s.start(), boost::system::system_error);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
