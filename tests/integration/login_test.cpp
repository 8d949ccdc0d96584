// The opening: rpc.hello, the login, and what clients get that have not logged in.

#include "support/talk.hpp"
#include "support/test_server.hpp"

#include "tug/proto/base64.hpp"
#include "tug/service/keys.hpp"
#include "tug/service/options.hpp"
#include "tug/service/server.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace {

using namespace tug::test;
using clock_type = std::chrono::steady_clock;
namespace json = boost::json;

constexpr std::chrono::milliseconds short_delay{60};

struct with_keys {
    test_server server{{.adjust = [](auto& o) { o.failed_login_delay = short_delay; }, .with_keys = true}};

    /// A login with params that were spoilt.
    std::string login(const std::function<void(json::object&)>& spoil) {
        auto c = server.unauthenticated();
        c.hello();
        auto params = c.login_params("all", key_of("all"));
        spoil(params);
        return login(c, json::serialize(params));
    }

    /// What such params are answered with, and whether the connection is closed then and the wait was kept.
    static std::string login(raw_client& c, const std::string& params) {
        const auto begin = clock_type::now();
        auto said = c.hear_of(request("7", "rpc.authenticate", params));
        if (clock_type::now() - begin < short_delay) said += " at once";
        return said + (said.starts_with("result") || c.is_closed() ? "" : " open");
    }
};

const std::string refused = "error(auth_failed 7)";

BOOST_FIXTURE_TEST_SUITE(server_login_test, with_keys)

BOOST_AUTO_TEST_CASE(hello_says_what_is_spoken) {
    auto c = server.unauthenticated();
    const auto h = c.hello();
    BOOST_TEST(h.at("protocol").as_int64() == 1);
    BOOST_TEST(h.at("server").as_string() == "tug/" TUG_VERSION);
    BOOST_TEST(json::serialize(h.at("auth")) == R"(["hmac-sha256"])");
    BOOST_TEST(json::serialize(h.at("binding")) == "[]");
    BOOST_TEST(json::serialize(h.at("limits")) ==
               R"({"envelope":1048576,"body":1048576,"window":1048576,"in_flight":64,"long_in_flight":256})");
    const auto nonce = tug::proto::base64_decode(std::string(h.at("nonce").as_string()));
    BOOST_REQUIRE(nonce.has_value());
    BOOST_TEST(nonce->size() == 32U);
    auto other = server.unauthenticated();
    BOOST_TEST(h.at("nonce") != other.hello().at("nonce"));
}

BOOST_AUTO_TEST_CASE(a_good_login) {
    auto c = server.unauthenticated();
    c.hello();
    const auto params = c.login_params("all", key_of("all"));
    const auto& result = c.ask("rpc.authenticate", json::serialize(params)).result();
    BOOST_TEST(json::serialize(result.at("permissions")) == R"(["exec","put","get","forward","audit"])");
    tug::proto::nonce nonce;
    nonce.fill(std::byte{0x22});
    const auto transcript = tug::proto::auth_transcript(c.hello_envelope(), "all", "hmac-sha256", "none", {}, nonce);
    BOOST_TEST(std::string(result.at("proof").as_string()) ==
               tug::proto::base64_encode(tug::proto::server_proof(key_of("all"), transcript)));
    BOOST_TEST(c.is_served());
}

BOOST_AUTO_TEST_CASE(permissions_are_those_of_the_key) {
    auto c = server.unauthenticated();
    c.hello();
    const auto params = json::serialize(c.login_params("get", key_of("get")));
    BOOST_TEST(c.ask("rpc.authenticate", params).at("permissions") == R"(["get"])");
    BOOST_TEST(c.ask("put", R"({"path":"a"})").data("need") == R"("put")");
    BOOST_TEST(c.ask("exec", R"({"argv":["true"]})").error() == "permission_denied");
    BOOST_TEST(c.ask("exec.signal", R"({"call":1,"signal":"INT"})").data("need") == R"("exec")");
    BOOST_TEST(c.ask("exec.resize", R"({"call":1,"rows":1,"cols":1})").data("need") == R"("exec")");
    BOOST_TEST(c.ask("get", R"({"path":"a"})").error() == "not_found");
    BOOST_TEST(c.ask("rpc.discover").error() == "");
    BOOST_TEST(server.connect("put").ask("get", R"({"path":"a"})").data("need") == R"("get")");
}

BOOST_AUTO_TEST_CASE(anything_wrong_is_the_same_failure) {
    const auto same = [](const std::string& bytes) { return json::value(bytes); };
    BOOST_TEST(login([](auto&) {}) == "result 7 at once");
    for (const auto* member : {"key", "mechanism", "binding", "nonce", "proof"}) {
        BOOST_TEST_INFO(member);
        BOOST_TEST(login([&](auto& p) { p.erase(member); }) == refused);
        BOOST_TEST(login([&](auto& p) { p[member] = 7; }) == refused);
        BOOST_TEST(login([&](auto& p) { p[member] = same(std::string(p[member].as_string()) + '\0'); }) == refused);
    }
    BOOST_TEST(login([](auto& p) { p["more"] = 1; }) == refused);
    BOOST_TEST(login([](auto& p) { p["timeout_ms"] = 1000; }) == refused);
    BOOST_TEST(login([](auto& p) { p["key"] = "unknown"; }) == refused);
    BOOST_TEST(login([](auto& p) { p["key"] = "get"; }) == refused);
    BOOST_TEST(login([](auto& p) { p["mechanism"] = "plain"; }) == refused);
    BOOST_TEST(login([](auto& p) { p["binding"] = "tls-exporter"; }) == refused);
    BOOST_TEST(login([](auto& p) { p["nonce"] = tug::proto::base64_encode(std::array<std::byte, 31>{}); }) == refused);
    BOOST_TEST(login([](auto& p) { p["nonce"] = tug::proto::base64_encode(std::array<std::byte, 32>{}); }) == refused);
    BOOST_TEST(login([](auto& p) { p["proof"] = tug::proto::base64_encode(std::array<std::byte, 32>{}); }) == refused);
    BOOST_TEST(login([](auto& p) {
                   auto& text = p["proof"].as_string(); // not canonical any more: a bit behind the last byte
                   text[42] = static_cast<char>(text[42] + 1);
               }) == refused);
}

BOOST_AUTO_TEST_CASE(params_that_are_no_object) {
    for (const auto* params : {"[]", "null", "\"\"", "7", "{}"}) {
        auto c = server.unauthenticated();
        c.hello();
        BOOST_TEST(login(c, params) == refused);
    }
}

/// Every bit of the proof counts.
BOOST_AUTO_TEST_CASE(bit_flips) {
    for (const std::size_t bit : {0U, 7U, 100U, 255U})
        BOOST_TEST(login([&](auto& p) {
                       auto proof = *tug::proto::base64_decode(std::string(p["proof"].as_string()));
                       proof[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
                       p["proof"] = tug::proto::base64_encode(proof);
                   }) == refused);
}

/// A proof for one connection is worth nothing on another, and the server's own nonce and proof cannot be sent back.
BOOST_AUTO_TEST_CASE(replay_and_reflection) {
    auto first = server.unauthenticated();
    first.hello();
    const auto params = json::serialize(first.login_params("all", key_of("all")));
    auto second = server.unauthenticated();
    const auto h = second.hello();
    BOOST_TEST(login(second, params) == refused);

    auto third = server.unauthenticated();
    const auto own = third.hello().at("nonce");
    const auto raw = *tug::proto::base64_decode(std::string(own.as_string()));
    tug::proto::nonce nonce;
    std::ranges::copy(raw, nonce.begin());
    const auto transcript =
        tug::proto::auth_transcript(third.hello_envelope(), "all", "hmac-sha256", "none", {}, nonce);
    auto reflected = third.login_params("all", key_of("all"));
    reflected["nonce"] = own;
    reflected["proof"] = tug::proto::base64_encode(tug::proto::client_proof(key_of("all"), transcript));
    BOOST_TEST(login(third, json::serialize(reflected)) == refused);
}

BOOST_AUTO_TEST_CASE(nothing_is_served_before) {
    const std::pair<std::string, std::string> cases[] = {
        {frame(request("1", "rpc.ping")), "error(auth_required 1)"},
        {frame(request("1", "exec", R"({"argv":["touch","executed"]})")), "error(auth_required 1)"},
        {frame(request("1", "nothing")), "error(auth_required 1)"},
        {frame(notice("rpc.bye")), "error(auth_required null)"},
        {frame(notice("rpc.authenticate")), "error(auth_required null)"},
        {frame(notice("rpc.cancel", R"({"call":1})")), "error(auth_required null)"},
        {frame("{"), "error(parse_error null)"},
        {frame("[]"), "error(invalid_request null)"},
        {frame(R"({"jsonrpc":"2.0","id":1,"result":1})"), "error(invalid_request null)"},
        {header(4097, 0), "error(frame_too_large null)"},
        {header(10, 1), "error(frame_too_large null)"},
        {header(0, 0), "error(invalid_request null)"},
    };
    for (const auto& [bytes, answer] : cases) {
        auto c = server.unauthenticated();
        c.hello();
        c.send(bytes + frame(request("2", "exec", R"({"argv":["touch","executed"]})")));
        BOOST_TEST(c.hear() == answer);
        BOOST_TEST(c.is_closed());
    }
    BOOST_TEST(server.files() == "");
}

/// One attempt: what follows it on the connection is not looked at.
BOOST_AUTO_TEST_CASE(a_second_attempt) {
    auto c = server.unauthenticated();
    c.hello();
    const auto good = request("2", "rpc.authenticate", json::serialize(c.login_params("all", key_of("all"))));
    c.send(frame(request("1", "rpc.authenticate")) + frame(good) +
           frame(request("3", "exec", R"({"argv":["touch","executed"]})")));
    BOOST_TEST(c.hear() == "error(auth_failed 1)");
    BOOST_TEST(c.is_closed());
    BOOST_TEST(server.files() == "");
}

/// Requests may follow the login without a wait for its answer.
BOOST_AUTO_TEST_CASE(requests_right_behind_the_login) {
    auto c = server.unauthenticated();
    c.hello();
    const auto login = request("1", "rpc.authenticate", json::serialize(c.login_params("all", key_of("all"))));
    c.send(frame(login) + frame(request("2", "rpc.ping")));
    BOOST_TEST(c.hear() == "result 1");
    BOOST_TEST(c.hear() == "result 2");
}

BOOST_AUTO_TEST_CASE(a_second_login) {
    auto c = server.connect();
    const auto params = json::serialize(c.login_params("all", key_of("all")));
    BOOST_TEST(c.hear_of(request("9", "rpc.authenticate", params)) == "error(invalid_request 9)");
    BOOST_TEST(c.is_served());
}

/// The next login is checked with the new keys, also that of a client that was greeted before.
BOOST_AUTO_TEST_CASE(other_keys) {
    auto greeted = server.unauthenticated();
    greeted.hello();
    tug::service::key_ring ring;
    ring["new"] = {key_of("new"), tug::service::permissions::all()};
    server.it().set_keys(std::move(ring));
    BOOST_TEST(server.connect("new").is_served());
    BOOST_TEST(login(greeted, json::serialize(greeted.login_params("all", key_of("all")))) == refused);
    auto c = server.unauthenticated();
    c.hello();
    BOOST_TEST(login(c, json::serialize(c.login_params("all", key_of("all")))) == refused);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(server_opening_test)

BOOST_AUTO_TEST_CASE(without_keys_nobody_logs_in) {
    const test_server server;
    auto c = server.unauthenticated();
    BOOST_TEST(json::serialize(c.hello().at("auth")) == "[]");
    BOOST_TEST(c.is_served());
    BOOST_TEST(c.hear_of(request("1", "rpc.authenticate", json::serialize(c.login_params("all", key_of("all"))))) ==
               "error(invalid_request 1)");
    BOOST_TEST(c.is_served());
}

BOOST_AUTO_TEST_CASE(the_opening_has_a_deadline) {
    const test_server server{
        {.adjust = [](auto& o) { o.opening_time = std::chrono::milliseconds(300); }, .with_keys = true}};
    auto member = server.connect();
    auto silent = server.unauthenticated();
    auto slow = server.unauthenticated();
    silent.hello();
    slow.hello();
    slow.send(header(100, 0).substr(0, 5));
    BOOST_TEST(silent.is_closed());
    BOOST_TEST(slow.is_closed());
    BOOST_TEST(member.is_served());
}

BOOST_AUTO_TEST_CASE(keys_are_needed_where_others_can_come) {
    tug::service::options open_to_all;
    open_to_all.listen = {{"0.0.0.0", 0, ""}};
    tug::service::server s(open_to_all, std::nullopt, tug::service::server::no_log());
    BOOST_CHECK_THROW(s.start(), boost::system::system_error);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
