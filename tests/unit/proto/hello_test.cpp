#include "tug/proto/hello.hpp"

#include "tug/proto/base64.hpp"
#include "tug/proto/json_reader.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>

namespace {

using namespace tug::proto;
namespace json = boost::json;

constexpr std::string_view sample =
    R"({"protocol":1,"server":"tug/0.1.0","nonce":"ERERERERERERERERERERERERERERERERERERERERERE=",)"
    R"("auth":["hmac-sha256"],"binding":[],)"
    R"("limits":{"envelope":1048576,"body":1048576,"window":1048576,"in_flight":64,"long_in_flight":256}})";

json::object parsed(std::string_view text) {
    return json::parse(json::string_view(text.data(), text.size())).as_object();
}

/// The sample, changed.
json::object changed(const std::function<void(json::object&)>& change) {
    auto o = parsed(sample);
    change(o);
    return o;
}

std::string verdict(const json::object& params) {
    const auto r = hello::parse(params);
    return r ? "ok" : std::string(name_of(r.error().code));
}

BOOST_AUTO_TEST_SUITE(hello_test)

BOOST_AUTO_TEST_CASE(it_is_written_as_the_protocol_shows_it) {
    hello h;
    h.server = "tug/0.1.0";
    h.nonce.fill(std::byte{0x11});
    h.auth = {"hmac-sha256"};
    BOOST_TEST(json::serialize(h.to_json()) == sample);
}

BOOST_AUTO_TEST_CASE(it_comes_back) {
    const auto h = hello::parse(parsed(sample)).value();
    BOOST_TEST(h.protocol == 1U);
    BOOST_TEST(h.server == "tug/0.1.0");
    BOOST_TEST((h.nonce[0] == std::byte{0x11} && h.nonce[31] == std::byte{0x11}));
    BOOST_TEST(h.auth.size() == 1U);
    BOOST_TEST(h.binding.empty());
    BOOST_TEST((h.limits == limits{}));
    BOOST_TEST(json::serialize(h.to_json()) == sample);
}

BOOST_AUTO_TEST_CASE(unknown_members_are_for_later_versions) {
    BOOST_TEST(verdict(changed([](auto& o) { o["later"] = 1; })) == "ok");
    BOOST_TEST(verdict(changed([](auto& o) { o["limits"].as_object()["later"] = 1; })) == "ok");
}

BOOST_AUTO_TEST_CASE(a_server_may_say_nothing_of_long_calls) {
    const auto limits_of = [](const json::object& o) { return hello::parse(o).value().limits; };
    BOOST_TEST(limits_of(changed([](auto& o) { o["limits"].as_object().erase("long_in_flight"); })).long_in_flight ==
               unsaid_long_in_flight);
    BOOST_TEST(limits_of(changed([](auto& o) { o["limits"].as_object()["long_in_flight"] = 7; })).long_in_flight == 7U);
    BOOST_TEST(verdict(changed([](auto& o) { o["limits"].as_object()["long_in_flight"] = 0; })) ==
               "protocol_violation");
}

BOOST_AUTO_TEST_CASE(another_protocol_is_refused_by_name) {
    for (const int version : {0, 2, 1'000})
        BOOST_TEST(verdict(changed([&](auto& o) { o = {{"protocol", version}}; })) == "unsupported_protocol");
}

BOOST_AUTO_TEST_CASE(every_member_is_needed) {
    for (const auto* name : {"protocol", "server", "nonce", "auth", "binding", "limits"}) BOOST_TEST_CONTEXT(name) {
            BOOST_TEST(verdict(changed([&](auto& o) { o.erase(name); })) == "protocol_violation");
            BOOST_TEST(verdict(changed([&](auto& o) { o[name] = nullptr; })) == "protocol_violation");
            BOOST_TEST(verdict(changed([&](auto& o) { o[name] = 1.5; })) == "protocol_violation");
        }
    for (const auto* name : {"envelope", "body", "window", "in_flight"}) BOOST_TEST_CONTEXT(name) {
            BOOST_TEST(verdict(changed([&](auto& o) { o["limits"].as_object().erase(name); })) == "protocol_violation");
            for (const auto& wrong : {json::value(0), json::value(-1), json::value(1.0), json::value("1")})
                BOOST_TEST(verdict(changed([&](auto& o) { o["limits"].as_object()[name] = wrong; })) ==
                           "protocol_violation");
        }
}

BOOST_AUTO_TEST_CASE(members_of_the_wrong_content) {
    const std::function<void(json::object&)> changes[] = {
        [](auto& o) { o["protocol"] = "1"; },
        [](auto& o) { o["nonce"] = ""; },
        [](auto& o) { o["nonce"] = "ERERERERERERERERERERERERERERERERERERERERERE"; },  // not padded
        [](auto& o) { o["nonce"] = "ERERERERERERERERERERERERERERERERERERERERERF="; }, // not canonical
        [](auto& o) { o["nonce"] = "ERERERERERERERERERERERERERERERERERERERERERER"; }, // 33 bytes
        [](auto& o) { o["auth"] = json::array{1}; },
        [](auto& o) { o["binding"] = json::object{}; },
    };
    for (const auto& change : changes) BOOST_TEST(verdict(changed(change)) == "protocol_violation");
}

BOOST_AUTO_TEST_CASE(a_login_comes_back) {
    authenticate_params p;
    p.key = "k1";
    p.mechanism = mechanism_hmac_sha256;
    p.binding = binding_none;
    p.nonce.fill(std::byte{0x22});
    p.proof.fill(std::byte{0x33});
    const auto back = authenticate_params::parse(p.to_json()).value();
    BOOST_TEST(back.key == p.key);
    BOOST_TEST(back.mechanism == p.mechanism);
    BOOST_TEST(back.binding == p.binding);
    BOOST_TEST((back.nonce == p.nonce && back.proof == p.proof));
}

BOOST_AUTO_TEST_CASE(a_login_is_read_strictly) {
    const auto good = authenticate_params{}.to_json();
    BOOST_TEST(authenticate_params::parse(good).has_value());
    for (const auto* name : {"key", "mechanism", "binding", "nonce", "proof"}) BOOST_TEST_CONTEXT(name) {
            auto without = good;
            without.erase(name);
            BOOST_TEST(authenticate_params::parse(without).error().field == name);
            auto wrong = good;
            wrong[name] = 5;
            BOOST_TEST(authenticate_params::parse(wrong).error().field == name);
            auto nul = good;
            nul[name] = json::string("a\0b", 3);
            BOOST_TEST(authenticate_params::parse(nul).error().field == name);
        }
    auto further = good;
    further["further"] = 1;
    BOOST_TEST(authenticate_params::parse(further).error().field == "further");
    for (const auto* text : {"", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"}) {
        auto wrong = good;
        wrong["proof"] = text;
        BOOST_TEST(authenticate_params::parse(wrong).error().field == "proof");
    }
}

BOOST_AUTO_TEST_CASE(the_answer_to_a_login_comes_back) {
    authenticate_result r;
    r.proof.fill(std::byte{0x44});
    r.permissions = {"exec", "get"};
    auto o = r.to_json();
    o["later"] = 1;
    const auto back = authenticate_result::parse(o).value();
    BOOST_TEST((back.proof == r.proof && back.permissions == r.permissions));
    o.erase("proof");
    BOOST_TEST(authenticate_result::parse(o).error().field == "proof");
    BOOST_TEST(authenticate_result::parse({{"proof", base64_encode(r.proof)}}).error().field == "permissions");
    BOOST_TEST(authenticate_result::parse({{"proof", base64_encode(r.proof)}, {"permissions", json::array{5}}})
                   .error()
                   .field == "permissions");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
