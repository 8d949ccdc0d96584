#include "establish.hpp"

#include "support/fake_server.hpp"
#include "support/sdk_run.hpp"
#include "support/test_server.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

using namespace tug;
using namespace tug::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

using script = fake_server::script;

connect_options with_key(std::string_view id) {
    return connect_options().with(credentials(std::string(id), key_of(id)));
}

/// What connecting to a server of that script ends with.
errc outcome(script says, connect_options how = {}) {
    errc ended = errc::success;
    run([&]() -> asio::awaitable<void> {
        fake_server server(co_await asio::this_coro::executor, says);
        ended = co_await error_of(client::connect(server.address(), how));
        co_await server.stop();
    });
    return ended;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sdk_login)

BOOST_AUTO_TEST_CASE(with_and_without_keys) {
    const test_server locked({.with_keys = true});
    const test_server open;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(locked.address(), with_key("all"));
        BOOST_TEST(client.is_open());
        BOOST_TEST(client.server().starts_with("tug/"));
        BOOST_TEST(client.permissions().size() == 5U);
        BOOST_TEST((co_await client.ping("in")) == "in");

        const auto no_key = co_await error_of(client::connect(locked.address()));
        BOOST_TEST(no_key == errc::auth_required);
        auto wrong = connect_options().with(credentials("all", key_of("put")));
        const auto refused = co_await error_of(client::connect(locked.address(), wrong));
        BOOST_TEST(refused == errc::auth_failed);
        const auto unproved = co_await error_of(client::connect(open.address(), with_key("all")));
        BOOST_TEST(unproved == errc::server_auth_failed);
    });
}

BOOST_AUTO_TEST_CASE(what_the_key_may_not_do) {
    const test_server server({.with_keys = true});
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address(), with_key("get"));
        try {
            (void)co_await client.exec(command("true"));
            BOOST_ERROR("exec was allowed");
        } catch (const error& e) {
            BOOST_TEST((e.code() == errc::permission_denied));
            BOOST_TEST(e.failure().need == "exec");
            BOOST_TEST(std::string(e.what()).find("permission exec") != std::string::npos);
        }
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_have_the_key) {
    bool heard_more = false;
    const auto answers = [&](std::string answer) -> script {
        return [&heard_more, answer](fake_peer& peer) -> asio::awaitable<void> {
            co_await peer.hello(R"(["hmac-sha256"])");
            (void)co_await peer.receive("rpc.authenticate");
            co_await peer.send(answer);
            (void)co_await peer.receive();
            heard_more = true;
        };
    };
    const std::string zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const auto proof = R"({"jsonrpc":"2.0","id":1,"result":{"proof":")" + zeros + R"(","permissions":[]}})";
    BOOST_TEST(outcome(answers(proof), with_key("k1")) == errc::server_auth_failed);
    BOOST_TEST(outcome(answers(R"({"jsonrpc":"2.0","id":1,"result":{}})"), with_key("k1")) == errc::server_auth_failed);
    BOOST_TEST(outcome(answers(R"({"jsonrpc":"2.0","id":1,"result":true})"), with_key("k1")) ==
               errc::server_auth_failed);
    BOOST_TEST(!heard_more);
}

BOOST_AUTO_TEST_CASE(what_is_no_tugd) {
    const auto says = [](std::string bytes) -> script {
        return [bytes](fake_peer& peer) -> asio::awaitable<void> {
            co_await peer.send_raw(bytes);
            co_await peer.until_closed();
        };
    };
    const script closes = [](fake_peer& peer) -> asio::awaitable<void> {
        peer.close();
        co_return;
    };
    const script other_mechanism = [](fake_peer& peer) -> asio::awaitable<void> {
        co_await peer.hello(R"(["password"])");
        co_await peer.until_closed();
    };
    BOOST_TEST(outcome(says("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")) == errc::protocol_violation);
    BOOST_TEST(outcome(says(frame(R"({"jsonrpc":"2.0","method":"other"})"))) == errc::protocol_violation);
    BOOST_TEST(outcome(says(frame(R"({"jsonrpc":"2.0","method":"rpc.hello","params":{"protocol":2}})"))) ==
               errc::unsupported_protocol);
    BOOST_TEST(
        outcome(says(frame(
            R"({"jsonrpc":"2.0","id":null,"error":{"code":-32016,"message":"full","data":{"name":"busy","retryable":true}}})"))) ==
        errc::busy);
    BOOST_TEST(outcome(closes) == errc::connection_lost);
    BOOST_TEST(outcome(other_mechanism, with_key("k1")) == errc::unsupported_protocol);
}

BOOST_AUTO_TEST_CASE(the_deadline_covers_a_silent_server) {
    const script silent = [](fake_peer& peer) -> asio::awaitable<void> { co_await peer.until_closed(); };
    BOOST_TEST(outcome(silent, connect_options().deadline(100ms)) == errc::connect_timed_out);
    const script no_answer = [](fake_peer& peer) -> asio::awaitable<void> {
        co_await peer.hello(R"(["hmac-sha256"])");
        co_await peer.until_closed();
    };
    BOOST_TEST(outcome(no_answer, with_key("k1").deadline(100ms)) == errc::connect_timed_out);
}

BOOST_AUTO_TEST_CASE(addresses_that_lead_nowhere) {
    run([]() -> asio::awaitable<void> {
        const auto unparsable = co_await error_of(client::connect("a:b:c"));
        BOOST_TEST(unparsable == errc::bad_address);
        const auto refused = co_await error_of(client::connect("127.0.0.1:1"));
        BOOST_TEST(refused == errc::connect_failed);
        const auto no_socket = co_await error_of(client::connect("unix:/no/such/socket"));
        BOOST_TEST(no_socket == errc::connect_failed);
        tug::address made_by_hand;
        made_by_hand.path = "/" + std::string(200, 'x');
        const auto too_long = co_await error_of(client::connect(made_by_hand));
        BOOST_TEST(too_long == errc::bad_address);
    });
}

BOOST_AUTO_TEST_CASE(over_a_unix_socket_and_a_name) {
    const test_server server({.on_unix_socket = true});
    const test_server by_name;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        BOOST_TEST((co_await client.ping("u")) == "u");
        const auto port = by_name.address().substr(by_name.address().rfind(':'));
        auto named = co_await client::connect("tug://localhost" + port);
        BOOST_TEST((co_await named.ping("n")) == "n");
    });
}

BOOST_AUTO_TEST_CASE(connecting_is_cancelled) {
    run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const script silent = [](fake_peer& peer) -> asio::awaitable<void> { co_await peer.until_closed(); };
        fake_server server(executor, silent);
        asio::cancellation_signal stop;
        net::condition done(executor);
        errc ended = errc::success;
        asio::co_spawn(executor, error_of(client::connect(server.address())),
                       asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, errc e) {
                           ended = e;
                           done.notify_all();
                       }));
        asio::post(executor, [&] { stop.emit(asio::cancellation_type::terminal); });
        co_await done.async_wait(asio::use_awaitable);
        BOOST_TEST(ended == errc::cancelled);
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(connecting_is_cancelled_after_any_step) {
    // Also between the end of a step and the start of the next, where the next co_await throws.
    const script greets = [](fake_peer& peer) -> asio::awaitable<void> {
        co_await peer.hello();
        co_await peer.until_closed();
    };
    using outcome = proto::result<std::shared_ptr<detail::session>>;
    bool connected = false;
    for (int steps = 0; !connected; ++steps) {
        asio::io_context io(1);
        fake_server server(io.get_executor(), greets);
        asio::cancellation_signal stop;
        std::exception_ptr thrown;
        std::optional<errc> ended;
        bool begun = false;
        // Not client::connect(): it passes a cancel on by way of the queue, behind what would come too early for it.
        const auto connects = [&]() -> asio::awaitable<outcome> {
            begun = true;
            auto to = tug::address::parse(server.address()).value();
            auto connecting = detail::establish(io.get_executor(), std::move(to), connect_options());
            co_return co_await std::move(connecting);
        };
        const auto note = [&](std::exception_ptr e, outcome made) {
            thrown = e;
            ended = made ? errc::success : made.error().code;
            if (made && *made) (*made)->release();
        };
        asio::co_spawn(io, connects(), asio::bind_cancellation_slot(stop.slot(), note));
        const auto step = [&] { BOOST_REQUIRE(io.run_one_for(sdk_bound) == 1U); };
        while (!begun) step();
        for (int i = 0; i < steps && !ended; ++i) step();
        connected = ended.has_value();
        if (!connected) stop.emit(asio::cancellation_type::terminal);
        while (!ended) step();
        BOOST_TEST(!thrown, "after " << steps << " steps");
        BOOST_TEST((*ended == errc::cancelled || *ended == errc::success), name_of(*ended));
        run_on(io, [&] { return server.stop(); });
    }
}

BOOST_AUTO_TEST_SUITE_END()
