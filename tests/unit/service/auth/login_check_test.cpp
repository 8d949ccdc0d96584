// The server's check of a login, without a connection. Where it differs from the client's view, see
// tests/integration/login_test.cpp.

#include "auth/login.hpp"

#include "tug/proto/base64.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <vector>

namespace {

using namespace tug::service;
namespace json = boost::json;

/// The known answer of PROTOCOL.md, but for its hello.
struct known {
    key_ring keys;
    tug::proto::nonce server_nonce{};
    tug::proto::nonce client_nonce{};
    std::string hello = R"({"jsonrpc":"2.0","method":"rpc.hello"})";
    channel_binding binding;

    known() {
        std::array<std::byte, 32> bytes{};
        for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
        keys["k1"] = {tug::proto::secret_key(bytes), permissions::all()};
        server_nonce.fill(std::byte{0x11});
        client_nonce.fill(std::byte{0x22});
    }

    std::string mechanism{tug::proto::mechanism_hmac_sha256};

    [[nodiscard]] std::string transcript() const {
        return tug::proto::auth_transcript(hello, "k1", mechanism, binding.name, binding.data, client_nonce);
    }

    [[nodiscard]] json::value params() const {
        return {{"key", "k1"},
                {"mechanism", mechanism},
                {"binding", binding.name},
                {"nonce", tug::proto::base64_encode(client_nonce)},
                {"proof", tug::proto::base64_encode(tug::proto::client_proof(keys.at("k1").key, transcript()))}};
    }

    [[nodiscard]] std::optional<client_identity> check(const json::value& params) const {
        return check_login(&params, keys, hello, server_nonce, binding);
    }
};

BOOST_FIXTURE_TEST_SUITE(login_check_test, known)

BOOST_AUTO_TEST_CASE(a_good_one) {
    const auto who = check(params());
    BOOST_REQUIRE(who.has_value());
    BOOST_TEST(who->key_id == "k1");
    BOOST_TEST((who->allowed == permissions::all()));
    BOOST_TEST((who->server_proof == tug::proto::server_proof(keys.at("k1").key, transcript())));
}

BOOST_AUTO_TEST_CASE(it_is_bound_to_the_hello) {
    const auto p = params();
    hello += ' ';
    BOOST_TEST(!check(p).has_value());
}

BOOST_AUTO_TEST_CASE(it_is_bound_to_the_channel) {
    const std::vector<std::byte> here(32, std::byte{5});
    const std::vector<std::byte> there(32, std::byte{6});
    binding = {tug::proto::binding_tls_exporter, here};
    const auto p = params();
    BOOST_TEST(check(p).has_value());
    binding.data = there;
    BOOST_TEST(!check(p).has_value());
    binding = {};
    BOOST_TEST(!check(p).has_value());
}

/// Its proof is right for what it says, but what it says is not what the server offers.
BOOST_AUTO_TEST_CASE(another_mechanism_or_binding_that_is_proved) {
    mechanism = "none";
    BOOST_TEST(!check(params()).has_value());
    mechanism = tug::proto::mechanism_hmac_sha256;
    binding.name = tug::proto::binding_tls_exporter;
    const auto bound = params();
    binding.name = tug::proto::binding_none;
    BOOST_TEST(!check(bound).has_value());
    BOOST_TEST(check(params()).has_value());
}

/// A client that sends the server's own nonce back may be one that reflects its proofs.
BOOST_AUTO_TEST_CASE(a_nonce_that_is_the_servers) {
    client_nonce = server_nonce;
    BOOST_TEST(!check(params()).has_value());
}

BOOST_AUTO_TEST_CASE(the_proof_of_the_other_side) {
    auto p = params();
    p.as_object()["proof"] = tug::proto::base64_encode(tug::proto::server_proof(keys.at("k1").key, transcript()));
    BOOST_TEST(!check(p).has_value());
}

BOOST_AUTO_TEST_CASE(no_params) {
    BOOST_TEST(!check_login(nullptr, keys, hello, server_nonce, binding).has_value());
    BOOST_TEST(!check(json::value(nullptr)).has_value());
    BOOST_TEST(!check(json::value("k1")).has_value());
}

BOOST_AUTO_TEST_CASE(a_key_that_has_gone) {
    const auto p = params();
    keys.clear();
    BOOST_TEST(!check(p).has_value());
}

BOOST_AUTO_TEST_CASE(nonces_do_not_repeat) {
    BOOST_TEST((random_nonce() != random_nonce()));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
