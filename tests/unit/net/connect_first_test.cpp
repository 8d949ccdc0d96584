// Which of several addresses a client connects to.

#include "tug/net/connect_first.hpp"

#include "support/sdk_run.hpp"

#include <tug/os/unique_fd.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <list>
#include <optional>
#include <string>

using namespace tug;
using namespace tug::net;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

using outcome = proto::result<net::stream_socket>;

const auto local_v4 = asio::ip::address_v4::loopback();
const auto local_v6 = asio::ip::address_v6::loopback();

struct world {
    asio::io_context io{1};
    std::list<tcp::acceptor> listeners;
    std::list<os::unique_fd> fillers;

    /// Connections to it are taken.
    endpoints::value_type good(const asio::ip::address& where = local_v4) {
        return listeners.emplace_back(io, tcp::endpoint(where, 0)).local_endpoint();
    }

    /// Nothing listens there.
    endpoints::value_type refusing() {
        tcp::acceptor gone(io, tcp::endpoint(local_v4, 0));
        return gone.local_endpoint();
    }

    /// What is sent there is dropped, as by a firewall: the queue of a listener who accepts nothing is full.
    endpoints::value_type silent() {
        auto& full = listeners.emplace_back(io);
        full.open(tcp::v4());
        full.bind(tcp::endpoint(local_v4, 0));
        full.listen(0);
        const auto where = full.local_endpoint();
        for (int i = 0; i < 8; ++i) {
            auto& filler = fillers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            static_cast<void>(::connect(filler.get(), where.data(), static_cast<socklen_t>(where.size())));
        }
        return where;
    }

    static asio::awaitable<void> keep(asio::awaitable<outcome> work, std::optional<outcome>& to) {
        to.emplace(co_await std::move(work));
    }

    std::optional<outcome> run(endpoints to, asio::cancellation_signal* stop = nullptr) {
        std::optional<outcome> out;
        asio::cancellation_signal none;
        asio::co_spawn(io, keep(connect_first(io.get_executor(), std::move(to)), out),
                       asio::bind_cancellation_slot((stop ? stop : &none)->slot(), [](std::exception_ptr) {}));
        if (stop) {
            io.poll();
            BOOST_TEST(!out);
            stop->emit(asio::cancellation_type::terminal);
        }
        io.restart();
        io.run_for(test::sdk_bound);
        BOOST_TEST(io.stopped()); // nothing goes on
        return out;
    }

    /// Which of them it came to be connected to; -1 where to none.
    int winner(const endpoints& to) {
        const auto out = run(to);
        BOOST_REQUIRE(out);
        if (!*out) return -1;
        const auto at = std::ranges::find(to, (*out)->remote_endpoint());
        return static_cast<int>(at - to.begin());
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(connect_first_test, world)

BOOST_AUTO_TEST_CASE(the_first_that_answers) {
    BOOST_TEST(winner({good(), good()}) == 0);
    BOOST_TEST(winner({refusing(), good()}) == 1);
    BOOST_TEST(winner({refusing(), refusing(), refusing(), good(), silent()}) == 3);
}

/// One that says nothing does not keep the next from being tried.
BOOST_AUTO_TEST_CASE(a_silent_one_is_not_waited_for) {
    BOOST_TEST(winner({silent(), good()}) == 1);
    BOOST_TEST(winner({silent(), refusing(), silent(), good()}) == 3);
}

BOOST_AUTO_TEST_CASE(all_fail) {
    const endpoints to{refusing(), asio::ip::tcp::endpoint(asio::ip::make_address("127.0.0.2"), 1)};
    const auto out = run(to);
    BOOST_REQUIRE(out && !*out);
    BOOST_TEST(out->error().code == errc::connect_failed);
    BOOST_TEST(out->error().message == "127.0.0.1: Connection refused; 127.0.0.2: Connection refused");
    BOOST_TEST((*run({})).error().code == errc::connect_failed);
}

BOOST_AUTO_TEST_CASE(a_cancel_ends_all_attempts) {
    asio::cancellation_signal stop;
    const auto out = run({silent(), silent()}, &stop);
    BOOST_REQUIRE(out && !*out);
    BOOST_TEST(out->error().code == errc::cancelled);
}

/// The io_context goes in the middle of it: nothing may be left (a leak, for the sanitizer).
BOOST_AUTO_TEST_CASE(an_io_context_that_ends) {
    endpoints to{silent(), silent()};
    std::optional<outcome> out;
    asio::io_context other(1);
    asio::co_spawn(other, keep(connect_first(other.get_executor(), std::move(to)), out), [](std::exception_ptr) {});
    other.poll();
    BOOST_TEST(!out);
}

BOOST_AUTO_TEST_CASE(families_take_turns) {
    const auto v4 = [](unsigned short n) { return endpoints::value_type(tcp::endpoint(local_v4, n)); };
    const auto v6 = [](unsigned short n) { return endpoints::value_type(tcp::endpoint(local_v6, n)); };
    BOOST_TEST((interleaved({v6(1), v6(2), v6(3), v4(4), v4(5)}) == endpoints{v6(1), v4(4), v6(2), v4(5), v6(3)}));
    BOOST_TEST((interleaved({v4(1), v6(2), v6(3)}) == endpoints{v4(1), v6(2), v6(3)}));
    BOOST_TEST((interleaved({v4(1)}) == endpoints{v4(1)}));
    BOOST_TEST(interleaved({}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
