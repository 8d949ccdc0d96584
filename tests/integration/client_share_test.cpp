// A connection of the SDK that several clients share, each by a socket.

#include "support/proc.hpp"
#include "support/sdk_run.hpp"
#include "support/talk.hpp"
#include "support/test_server.hpp"

#include "tug/service/options.hpp"
#include "tug/service/server.hpp"

#include <tug/error.hpp>
#include <tug/net/task_group.hpp>
#include <tug/shared_connection.hpp>

#include <boost/asio/this_coro.hpp>

#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <cstring>
#include <list>
#include <string>

using namespace tug::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

using tug::connect_options;
using tug::errc;

namespace {

connect_options as(std::string_view id) {
    return connect_options().with(tug::credentials(std::string(id), key_of(id)));
}

struct fixture : temp_dir {
    /// Listens at once; what comes then waits for the login.
    asio::awaitable<void> hold(std::string server, connect_options how) {
        const int s = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        const auto path = *this / "s";
        std::memcpy(at.sun_path, path.c_str(), path.size() + 1);
        BOOST_REQUIRE(::bind(s, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
        BOOST_REQUIRE(::listen(s, 32) == 0);
        return keep(s, std::move(server), std::move(how));
    }

    asio::awaitable<void> keep(int listener, std::string server, connect_options how) {
        const auto ended = co_await tug::share_connection(listener, std::move(server), std::move(how), 200ms);
        why = ended.code;
    }

    /// Another client of it, with no key.
    asio::awaitable<tug::client> join() const {
        std::string address = "unix:" + (*this / "s");
        co_return co_await tug::client::connect(std::move(address));
    }

    asio::awaitable<void> try_to_join() const { const auto c = co_await join(); }

    errc why = errc::success;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(client_share_test, fixture)

BOOST_AUTO_TEST_CASE(clients_work_side_by_side) {
    const test_server server({.with_keys = true});
    run([&]() -> asio::awaitable<void> {
        tug::net::task_group tasks(co_await asio::this_coro::executor);
        tasks.spawn(hold(server.address(), as("all")));
        {
            auto one = co_await join();
            auto other = co_await join();
            const auto info = co_await one.info();
            BOOST_TEST(info.connections.used == 1U);
            BOOST_TEST(!other.permissions().empty());
            BOOST_TEST(other.server() == one.server());
            const auto large = sample_bytes(3'000'000);
            co_await one.put_bytes(large, "f");
            const auto back = co_await other.get_bytes("f");
            BOOST_TEST((back == large));
            const tug::command fails("sh", "-c", "exit 7");
            const auto r = co_await other.exec(fails);
            BOOST_TEST(r.exit_code.value() == 7);
            co_await one.close();
            co_await other.ping();
        }
        co_await tasks.join();
    });
    BOOST_TEST(why == errc::client_closed);
}

BOOST_AUTO_TEST_CASE(one_more_than_there_may_be_is_turned_away) {
    const test_server server({.with_keys = true});
    run([&]() -> asio::awaitable<void> {
        tug::net::task_group tasks(co_await asio::this_coro::executor);
        tasks.spawn(hold(server.address(), as("all")));
        {
            std::list<tug::client> all;
            for (int i = 0; i < 16; ++i) {
                auto one = co_await join();
                all.push_back(std::move(one));
            }
            BOOST_TEST(co_await error_of(try_to_join()) == errc::connection_lost);
            for (auto& one : all) co_await one.ping();
        }
        co_await tasks.join();
    });
}

BOOST_AUTO_TEST_CASE(without_a_login_there_is_none) {
    const test_server server({.with_keys = true});
    run([&]() -> asio::awaitable<void> {
        tug::net::task_group tasks(co_await asio::this_coro::executor);
        auto wrong = connect_options().with(tug::credentials("all", key_of("put")));
        tasks.spawn(hold(server.address(), std::move(wrong)));
        BOOST_TEST(co_await error_of(try_to_join()) == errc::connection_lost);
        co_await tasks.join();
    });
    BOOST_TEST(why == errc::auth_failed);
}

/// Who comes later is to find the server that comes after it.
BOOST_AUTO_TEST_CASE(a_server_that_ends_lets_no_client_in) {
    test_server server({.adjust = [](auto& o) { o.grace = 60s; }, .with_keys = true});
    run([&]() -> asio::awaitable<void> {
        tug::net::task_group tasks(co_await asio::this_coro::executor);
        tasks.spawn(hold(server.address(), as("all")));
        {
            auto one = co_await join();
            auto other = co_await join();
            const auto waits = tug::command("cat").with_stdin();
            auto busy = co_await one.start(waits);
            server.it().stop();
            const tug::command runs("true");
            errc found = errc::success;
            while (found == errc::success) found = co_await error_of(other.exec(runs));
            BOOST_TEST(found == errc::shutting_down);
            BOOST_TEST(co_await error_of(try_to_join()) == errc::connect_failed);
            busy.close_stdin();
            const auto r = co_await busy.wait();
            BOOST_TEST(r.exit_code.value() == 0);
        }
        co_await tasks.join();
    });
    server.it().wait();
}

BOOST_AUTO_TEST_SUITE_END()
