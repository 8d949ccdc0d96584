// The server on TLS, spoken to by hand.

#include "support/talk.hpp"
#include "support/test_server.hpp"

#include "tug/proto/base64.hpp"
#include "tug/service/options.hpp"
#include "tug/service/server.hpp"

#include <tug/net/tls.hpp>

#include <boost/test/unit_test.hpp>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <chrono>
#include <string>

namespace {

using namespace tug::test;
using clock_type = std::chrono::steady_clock;
namespace json = boost::json;

struct on_tls {
    test_ca ca;
    issued own = ca.issue();

    [[nodiscard]] server_setup setup(bool ask_for_certificate = false) const {
        server_setup s;
        s.with_keys = true;
        s.prepare = [this, ask_for_certificate](tug::service::server& it) {
            const tug::net::tls_files files{own.certificate, own.key, ask_for_certificate ? ca.file() : std::string()};
            it.set_tls(tug::net::tls_context::for_server(files).value());
        };
        s.adjust = [](auto& o) {
            o.failed_login_delay = std::chrono::milliseconds(1);
            o.require_tls = true;
        };
        return s;
    }

    static raw_client connect(const test_server& server, const tls_wish& how = {}) {
        raw_client c(server.address(), how);
        c.log_in("all", key_of("all"));
        return c;
    }
};

/// What the connection ends with: the text of OpenSSL.
std::string handshake_error(const test_server& server, const tls_wish& how) {
    try {
        raw_client c(server.address(), how);
        c.hello();
    } catch (const std::runtime_error& e) {
        return e.what();
    }
    return "greeted";
}

BOOST_FIXTURE_TEST_SUITE(server_tls_test, on_tls)

BOOST_AUTO_TEST_CASE(hello_names_the_binding) {
    const test_server server(setup());
    raw_client c(server.address(), tls_wish());
    BOOST_TEST(json::serialize(c.hello().at("binding")) == R"(["tls-exporter"])");
}

BOOST_AUTO_TEST_CASE(calls_work_as_on_plain_tcp) {
    const test_server server(setup());
    auto c = connect(server);
    BOOST_TEST(c.is_served());
    BOOST_TEST(c.ask("exec", R"({"argv":["echo","hi"]})").text("stdout") == "hi\n");
    const auto content = sample_bytes(900'000);
    const auto put = c.call("put", R"({"path":"a"})");
    c.write(put, "data", content, true);
    BOOST_TEST(c.wait(put).at("digest") == json_text(digest_of(content)));
    BOOST_TEST((c.ask("get", R"({"path":"a"})").text("data") == content));
}

/// RFC 6066: a client may ask for small records, and OpenSSL obeys by itself.
BOOST_AUTO_TEST_CASE(a_client_that_wants_small_records) {
    const test_server server(setup());
    const auto content = sample_bytes(900'000);
    for (const int size : {TLSEXT_max_fragment_length_512, TLSEXT_max_fragment_length_4096}) {
        tls_wish how;
        how.fragment = static_cast<unsigned char>(size);
        auto c = connect(server, how);
        const auto put = c.call("put", R"({"path":"a"})");
        c.write(put, "data", content, true);
        BOOST_TEST(c.wait(put).at("digest") == json_text(digest_of(content)));
        BOOST_TEST((c.ask("get", R"({"path":"a"})").text("data") == content));
    }
}

BOOST_AUTO_TEST_CASE(only_a_login_bound_to_the_channel) {
    const test_server server(setup());
    const auto login = [&](auto spoil) {
        raw_client c(server.address(), tls_wish());
        c.hello();
        auto params = c.login_params("all", key_of("all"));
        spoil(c, params);
        return c.hear_of(request("7", "rpc.authenticate", json::serialize(params)));
    };
    const auto sign = [](const raw_client& c, json::object& params, std::string_view binding, std::string_view data) {
        tug::proto::nonce nonce;
        nonce.fill(std::byte{0x22});
        params["binding"] = binding;
        const auto transcript =
            tug::proto::auth_transcript(c.hello_envelope(), "all", "hmac-sha256", binding, bytes_of(data), nonce);
        params["proof"] = tug::proto::base64_encode(tug::proto::client_proof(key_of("all"), transcript));
    };
    BOOST_TEST(login([](auto&, auto&) {}) == "result 7");
    BOOST_TEST(login([&](auto& c, auto& p) { sign(c, p, "tls-exporter", c.tls()->exporter()); }) == "result 7");
    BOOST_TEST(login([&](auto& c, auto& p) { sign(c, p, "none", ""); }) == "error(auth_failed 7)");
    BOOST_TEST(login([&](auto& c, auto& p) { sign(c, p, "none", c.tls()->exporter()); }) == "error(auth_failed 7)");
    BOOST_TEST(login([&](auto& c, auto& p) { sign(c, p, "tls-exporter", ""); }) == "error(auth_failed 7)");
    BOOST_TEST(login([&](auto& c, auto& p) {
                   const raw_client other(server.address(), tls_wish());
                   sign(c, p, "tls-exporter", other.tls()->exporter());
               }) == "error(auth_failed 7)");
    BOOST_TEST(login([&](auto& c, auto& p) {
                   auto secret = c.tls()->exporter();
                   secret[31] = static_cast<char>(secret[31] ^ 1);
                   sign(c, p, "tls-exporter", secret);
               }) == "error(auth_failed 7)");
}

BOOST_AUTO_TEST_CASE(older_versions_are_refused) {
    const test_server server(setup());
    BOOST_TEST(handshake_error(server, {.version = TLS1_2_VERSION}).find("protocol version") != std::string::npos);
    BOOST_TEST(handshake_error(server, {}) == "greeted");
}

BOOST_AUTO_TEST_CASE(a_certificate_of_the_client_where_it_is_asked_for) {
    const test_server server(setup(true));
    test_ca strange;
    const auto good = ca.issue({.names = "DNS:client"});
    const auto bad = strange.issue();
    const auto old = ca.issue({.from = std::chrono::seconds(-7200), .until = std::chrono::seconds(-3600)});
    BOOST_TEST(handshake_error(server, {.own = &good}) == "greeted");
    BOOST_TEST(handshake_error(server, {}).find("certificate required") != std::string::npos);
    BOOST_TEST(handshake_error(server, {.own = &bad}).find("unknown ca") != std::string::npos);
    BOOST_TEST(handshake_error(server, {.own = &old}).find("certificate expired") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(plain_bytes_are_refused_at_once) {
    const test_server server(setup());
    for (const auto& said : {frame(request("1", "rpc.ping")), std::string("GET / HTTP/1.1\r\n\r\n")}) {
        const auto begin = clock_type::now();
        raw_client c(server.address());
        c.send(said);
        BOOST_TEST(c.is_closed()); // not after the 10 s of the opening
        BOOST_TEST((clock_type::now() - begin < std::chrono::seconds(8)));
    }
}

BOOST_AUTO_TEST_CASE(a_handshake_that_hangs_ends_with_the_opening) {
    auto how = setup();
    constexpr std::chrono::milliseconds opening{2500};
    how.adjust = [=](auto& o) { o.opening_time = opening; };
    const test_server server(how);
    const auto begin = clock_type::now();
    raw_client silent(server.address());
    raw_client half(server.address());
    half.send(std::string("\x16\x03\x01\x02\x00\x01", 6)); // the first bytes of a client hello
    // No caller waits for them.
    auto c = connect(server);
    BOOST_TEST(c.is_served());
    BOOST_TEST((clock_type::now() - begin < opening));
    BOOST_TEST(silent.is_closed());
    BOOST_TEST(half.is_closed());
    BOOST_TEST((clock_type::now() - begin >= opening));
    BOOST_TEST(c.is_served());
}

BOOST_AUTO_TEST_CASE(too_many_are_closed_without_a_word) {
    auto how = setup();
    how.adjust = [](auto& o) { o.connections = 1; };
    const test_server server(how);
    auto c = connect(server);
    raw_client late(server.address());
    BOOST_TEST(late.is_closed());
    BOOST_TEST(c.is_served());
}

BOOST_AUTO_TEST_CASE(an_end_without_close_notify_is_no_half_close) {
    const test_server server(setup());
    for (const bool said : {true, false}) {
        auto c = connect(server);
        const auto id = c.call("exec", R"({"argv":["sh","-c","echo started; sleep 0.3; echo done"]})");
        c.read(id, "stdout", 8);
        c.note("rpc.bye");
        if (said)
            c.half_close();
        else
            ::shutdown(c.native_handle(), SHUT_WR);
        // After rpc.bye and a close_notify answers still come; who is cut off is gone.
        std::string outcome;
        try {
            outcome = c.wait(id).text("stdout");
        } catch (const std::runtime_error&) {
            outcome = "nothing";
        }
        BOOST_TEST(outcome == (said ? "started\ndone\n" : "nothing"));
    }
}

BOOST_AUTO_TEST_CASE(a_put_that_is_cut_is_no_file) {
    const test_server server(setup());
    {
        auto c = connect(server);
        const auto id = c.call("put", R"({"path":"half"})");
        c.write(id, "data", "the first half");
        BOOST_TEST(c.is_served());
        ::shutdown(c.native_handle(), SHUT_WR);
        // It has nothing to say to who is gone.
        BOOST_CHECK_THROW(static_cast<void>(c.hear()), std::runtime_error);
    }
    auto c = connect(server);
    BOOST_TEST(c.ask("get", R"({"path":"half"})").error() == "not_found");
    BOOST_TEST(server.files() == "");
}

BOOST_AUTO_TEST_CASE(a_new_certificate_is_for_new_connections) {
    test_server server(setup());
    auto before = connect(server);
    const auto next = ca.issue();
    server.it().set_tls(tug::net::tls_context::for_server({next.certificate, next.key, {}}).value());
    auto after = connect(server);
    BOOST_TEST(before.tls()->serial() == 2);
    BOOST_TEST(after.tls()->serial() == 3);
    BOOST_TEST(before.is_served());
    BOOST_TEST(after.is_served());
}

BOOST_AUTO_TEST_CASE(unix_sockets_stay_plain) {
    auto how = setup();
    how.on_unix_socket = true;
    const test_server server(how);
    auto c = server.connect();
    BOOST_TEST(c.is_served());
}

BOOST_AUTO_TEST_CASE(new_keys_while_a_stream_runs) {
    const test_server server(setup());
    auto c = connect(server);
    const auto id = c.call("exec", R"({"argv":["head","-c","3000000","/dev/zero"]})");
    for (std::size_t i = 1; i <= 20; ++i) {
        c.tls()->update_keys();
        c.read(id, "stdout", i * 100'000);
    }
    BOOST_TEST(c.wait(id).text("stdout").size() == 3'000'000U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
