// The SDK on TLS: what it trusts, and that calls are the same.

#include "support/fake_server.hpp"
#include "support/man_in_the_middle.hpp"
#include "support/sdk_run.hpp"
#include "support/test_ca.hpp"
#include "support/test_server.hpp"

#include <tug/net/tls.hpp>
#include <tug/service/options.hpp>
#include <tug/service/server.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <filesystem>
#include <string>
#include <vector>

using namespace tug;
using namespace tug::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

struct on_tls {
    test_ca ca;
    issued own = ca.issue();

    [[nodiscard]] static server_setup setup(const issued& shown, const std::string& client_ca = {}) {
        server_setup s;
        s.with_keys = true;
        s.adjust = [](auto& o) { o.failed_login_delay = 1ms; };
        s.prepare = [shown, client_ca](service::server& it) {
            it.set_tls(net::tls_context::for_server({shown.certificate, shown.key, client_ca}).value());
        };
        return s;
    }

    [[nodiscard]] static connect_options with(const tls_options& tls) {
        return connect_options().with(credentials("all", key_of("all"))).tls(tls);
    }

    [[nodiscard]] connect_options trusting() const { return with(tls_options().ca_file(ca.file())); }

    /// The failure that connecting ends with.
    static failure refusal(const std::string& address, const connect_options& how) {
        failure why(errc::success);
        run([&]() -> asio::awaitable<void> {
            try {
                auto client = co_await client::connect(address, how);
                (void)co_await client.ping();
            } catch (const error& e) {
                why = e.failure();
            }
        });
        return why;
    }

    static void check_refusal(const std::string& address, const connect_options& how, errc code,
                              std::string_view says) {
        const auto why = refusal(address, how);
        BOOST_TEST(why.code == code);
        BOOST_TEST(why.message.find(says) != std::string::npos, why.message);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sdk_tls, on_tls)

BOOST_AUTO_TEST_CASE(calls_work) {
    const test_server server(setup(own));
    const temp_dir dir;
    const auto content = sample_bytes(5'000'000);
    write_file(dir / "local", content);
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address(), trusting());
        BOOST_TEST((co_await client.ping("hi")) == "hi");
        const auto made = co_await client.exec(command("sh", "-c", "cat; echo err >&2").input("in"));
        BOOST_TEST(made.out == "in");
        BOOST_TEST(made.err == "err\n");
        const auto put = co_await client.put(dir / "local", "a");
        BOOST_TEST(put.digest == digest_of(content));
        const auto got = co_await client.get("a", dir / "back");
        BOOST_TEST(got.digest == put.digest);
        BOOST_TEST((read_file(dir / "back") == content));
        co_await client.close();
    });
}

BOOST_AUTO_TEST_CASE(only_a_certificate_that_fits_is_trusted) {
    test_ca strange;
    const test_server server(setup(own));
    const test_server expired(setup(ca.issue({.from = -7200s, .until = -3600s})));
    const test_server early(setup(ca.issue({.from = 3600s, .until = 7200s})));
    const test_server other_name(setup(ca.issue({.names = "DNS:elsewhere.example,IP:127.0.0.2"})));

    check_refusal(server.address(), with(tls_options().ca_file(strange.file())), errc::tls_untrusted, "issuer");
    check_refusal(server.address(), with(tls_options()), errc::tls_untrusted, "issuer"); // the system's CAs
    check_refusal(expired.address(), trusting(), errc::tls_untrusted, "certificate has expired");
    check_refusal(early.address(), trusting(), errc::tls_untrusted, "certificate is not yet valid");
    check_refusal(other_name.address(), trusting(), errc::tls_untrusted, "it was to be for 127.0.0.1");
    const auto named = [&](const char* name) { return with(tls_options().ca_file(ca.file()).server_name(name)); };
    check_refusal(server.address(), named("elsewhere.example"), errc::tls_untrusted, "elsewhere.example");
    check_refusal(other_name.address(), named("elsewhere.example"), errc::success, "");
    check_refusal(server.address(), named("localhost"), errc::success, "");
    check_refusal(server.address(), trusting(), errc::success, "");
}

BOOST_AUTO_TEST_CASE(the_client_shows_a_certificate_where_it_has_to) {
    test_ca strange;
    const test_server server(setup(own, ca.file()));
    const auto good = ca.issue();
    const auto bad = strange.issue();
    const auto showing = [&](const issued& one) {
        return with(tls_options().ca_file(ca.file()).certificate(one.certificate, one.key));
    };
    check_refusal(server.address(), showing(good), errc::success, "");
    check_refusal(server.address(), trusting(), errc::tls_failed, "certificate required");
    check_refusal(server.address(), showing(bad), errc::tls_failed, "unknown ca");
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_used) {
    const test_server server(setup(own));
    check_refusal(server.address(), with(tls_options().ca_file("/nowhere/ca.pem")), errc::bad_tls_file,
                  "/nowhere/ca.pem");
    check_refusal(server.address(), with(tls_options().ca_file(ca.file()).certificate(own.certificate, "")),
                  errc::bad_tls_file, "go together");
}

BOOST_AUTO_TEST_CASE(plain_and_tls_do_not_meet) {
    const test_server secured(setup(own));
    const test_server plain({.with_keys = true});
    const auto keyed = connect_options().with(credentials("all", key_of("all")));
    check_refusal(secured.address(), keyed, errc::tls_required, "speaks TLS");
    check_refusal(plain.address(), trusting(), errc::tls_not_offered, "the server speaks no TLS");
    const test_server local({.on_unix_socket = true});
    check_refusal(local.address(), trusting(), errc::tls_not_offered, "Unix sockets");
}

BOOST_AUTO_TEST_CASE(a_slow_plain_server_is_waited_for) {
    run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        int connections = 0;
        // It greets the first connection once the second one, which looks for TLS, has been seen off.
        fake_server server(executor, [&, executor](fake_peer& peer) -> asio::awaitable<void> {
            if (++connections > 1) co_return co_await peer.send_raw("no TLS here");
            asio::steady_timer soon(executor);
            while (connections < 2) {
                soon.expires_after(10ms);
                co_await soon.async_wait(asio::use_awaitable);
            }
            co_await peer.hello();
            co_await peer.until_closed();
        });
        {
            auto client = co_await client::connect(server.address());
            BOOST_TEST(client.is_open());
        }
        BOOST_TEST(connections == 2);
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(a_handshake_that_hangs_ends_at_the_deadline) {
    run([&]() -> asio::awaitable<void> {
        fake_server server(co_await asio::this_coro::executor,
                           [](fake_peer& peer) -> asio::awaitable<void> { co_await peer.until_closed(); });
        auto how = trusting();
        how.deadline(200ms);
        const auto ended = co_await error_of(client::connect(server.address(), how));
        BOOST_TEST(ended == errc::connect_timed_out);
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_goes_away_in_the_handshake) {
    run([&]() -> asio::awaitable<void> {
        fake_server server(co_await asio::this_coro::executor, [](fake_peer& peer) -> asio::awaitable<void> {
            peer.close();
            co_return;
        });
        const auto ended = co_await error_of(client::connect(server.address(), trusting()));
        BOOST_TEST(ended == errc::connection_lost);
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(a_man_in_the_middle_cannot_pass_on_the_login) {
    // He has a certificate that the client trusts; what he lacks is the client's TLS connection to the server.
    const auto stolen = ca.issue();
    const test_server server(setup(own));
    man_in_the_middle man(server.address(), &stolen);
    check_refusal(man.address(), trusting(), errc::auth_failed, "refused");
    BOOST_TEST(man.heard().find("auth_failed") != std::string::npos);

    // The same man between plain connections gets through: nothing ties the login to a connection there.
    const test_server plain({.with_keys = true});
    man_in_the_middle between(plain.address(), nullptr);
    check_refusal(between.address(), connect_options().with(credentials("all", key_of("all"))), errc::success, "");
}

BOOST_AUTO_TEST_CASE(many_calls_beside_a_stream_that_stalls) {
    const test_server server(setup(own));
    const auto content = sample_bytes(300'000);
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address(), trusting());
        auto stalled = co_await client.start(command("cat", "/dev/zero"));
        (void)co_await stalled.read(); // the rest fills its window, and stays there
        co_await client.put_bytes(content, "a");
        int done = 0;
        net::task_group others(co_await asio::this_coro::executor);
        const auto get = [&]() -> asio::awaitable<void> {
            if ((co_await client.get_bytes("a")) == content) ++done;
        };
        for (int i = 0; i < 100; ++i) others.spawn(get());
        co_await others.join();
        BOOST_TEST(done == 100);
        BOOST_TEST(client.is_open());
    });
}

BOOST_AUTO_TEST_CASE(cut_off_anywhere_is_no_success) {
    // Who is between and cannot read TLS can still end the connection by a FIN, at any byte.
    const test_server server(setup(own));
    const temp_dir dir;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address(), trusting());
        co_await client.put_bytes(sample_bytes(200'000), "a");
    });
    const auto get = [&](const std::string& address) -> asio::awaitable<void> {
        auto client = co_await client::connect(address, trusting());
        (void)co_await client.get("a", dir / "back");
    };
    for (const std::size_t cut : {1U, 5U, 100U, 700U, 1200U, 1500U, 2000U, 20'000U, 100'000U, 199'000U}) {
        man_in_the_middle between(server.address(), nullptr, cut);
        errc ended = errc::success;
        run([&]() -> asio::awaitable<void> { ended = co_await error_of(get(between.address())); });
        BOOST_TEST(ended == errc::connection_lost, "cut after " << cut << ": " << name_of(ended));
        BOOST_TEST(!std::filesystem::exists(dir / "back"));
    }
    man_in_the_middle between(server.address(), nullptr);
    run([&]() -> asio::awaitable<void> { co_await get(between.address()); });
    BOOST_TEST((read_file(dir / "back") == sample_bytes(200'000)));
}

BOOST_AUTO_TEST_SUITE_END()
