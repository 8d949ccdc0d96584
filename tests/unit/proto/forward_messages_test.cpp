#include "tug/proto/forward_messages.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace tug::proto;
namespace json = boost::json;

template <class Params>
std::string verdict(std::string_view text) {
    const auto parsed = Params::parse(json::parse(json::string_view(text.data(), text.size())).as_object());
    if (parsed) return json::serialize(parsed->to_json());
    return std::string(name_of(parsed.error().code)) + " " + parsed.error().field;
}

BOOST_AUTO_TEST_SUITE(forward_messages_test)

BOOST_AUTO_TEST_CASE(a_place_is_a_host_with_a_port_or_a_socket) {
    const std::string tcp = R"({"host":"db","port":5432})";
    const std::string local = R"({"unix":"/run/app.sock"})";
    for (const auto& good : {tcp, local}) {
        BOOST_TEST(verdict<forward_connect_params>(good) == good);
        BOOST_TEST(verdict<forward_listen_params>(good) == good);
    }
    BOOST_TEST(verdict<forward_listen_params>(R"({"host":"::1","port":0})") == R"({"host":"::1","port":0})");
    const std::pair<const char*, const char*> bad[] = {
        {R"({})", "invalid_params host"},
        {R"({"host":"db"})", "invalid_params port"},
        {R"({"port":1})", "invalid_params host"},
        {R"({"host":"","port":1})", "invalid_params host"},
        {R"({"host":"db","port":0})", "invalid_params port"},
        {R"({"host":"db","port":65536})", "invalid_params port"},
        {R"({"host":"db","port":"1"})", "invalid_params port"},
        {R"({"unix":"/s","port":1})", "invalid_params unix"},
        {R"({"unix":"/s","host":"h"})", "invalid_params unix"},
        {R"({"unix":""})", "invalid_params unix"},
        {R"({"unix":"/s","mode":1})", "invalid_params mode"},
    };
    for (const auto& [text, why] : bad) BOOST_TEST(verdict<forward_connect_params>(text) == why, text);
    BOOST_TEST(verdict<forward_connect_params>(R"({"host":")" + std::string(256, 'x') + R"(","port":1})") ==
               "invalid_params host");
}

BOOST_AUTO_TEST_CASE(places_as_text) {
    const auto text = [](std::string_view params) {
        return forward_connect_params::parse(json::parse(json::string_view(params.data(), params.size())).as_object())
            .value()
            .to.to_string();
    };
    BOOST_TEST(text(R"({"host":"db","port":1})") == "db:1");
    BOOST_TEST(text(R"({"host":"::1","port":1})") == "[::1]:1");
    BOOST_TEST(text(R"({"unix":"/s"})") == "unix:/s");
}

BOOST_AUTO_TEST_CASE(the_rest_comes_back) {
    BOOST_TEST(verdict<forward_accept_params>(R"({"listen":7,"connection":1})") == R"({"listen":7,"connection":1})");
    BOOST_TEST(verdict<forward_accept_params>(R"({"listen":7})") == "invalid_params connection");
    BOOST_TEST(verdict<forward_listen_line>(R"({"listening":"127.0.0.1:1"})") == R"({"listening":"127.0.0.1:1"})");
    BOOST_TEST(verdict<forward_listen_line>(R"({"connection":1,"peer":"h:1","later":2})") ==
               R"({"connection":1,"peer":"h:1"})");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
