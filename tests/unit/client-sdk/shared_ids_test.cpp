#include "shared_ids.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace tug::detail {

namespace {

namespace json = boost::json;

/// What goes to the server for what client 3 sends; "refused" where nothing does.
std::string sent(std::string_view text) {
    auto message = json::parse(text).as_object();
    return to_server(message, 3).passed ? json::serialize(message) : "refused";
}

struct arrived {
    incoming to;
    std::string text;
};

arrived received(std::string_view text) {
    auto message = json::parse(text).as_object();
    const auto to = to_client(message);
    return {to, json::serialize(message)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(shared_ids_test)

BOOST_AUTO_TEST_CASE(what_a_client_names_is_marked_as_its_own) {
    BOOST_TEST(sent(R"({"id":7,"method":"get","params":{"path":"f"}})") ==
               R"({"id":12884901895,"method":"get","params":{"path":"f"}})");
    BOOST_TEST(sent(R"({"method":"rpc.data","params":{"call":7,"stream":"stdin"}})") ==
               R"({"method":"rpc.data","params":{"call":12884901895,"stream":"stdin"}})");
    BOOST_TEST(sent(R"({"id":8,"method":"exec.signal","params":{"call":7,"signal":"TERM"}})") ==
               R"({"id":12884901896,"method":"exec.signal","params":{"call":12884901895,"signal":"TERM"}})");
    BOOST_TEST(sent(R"({"id":8,"method":"exec","params":{"after":[6,7]}})") ==
               R"({"id":12884901896,"method":"exec","params":{"after":[12884901894,12884901895]}})");
    BOOST_TEST(sent(R"({"id":8,"method":"app","params":{"call":7}})") ==
               R"({"id":12884901896,"method":"app","params":{"call":7}})"); // an application's own
}

BOOST_AUTO_TEST_CASE(what_could_be_taken_for_another_client_is_refused) {
    for (const auto* text :
         {R"({"id":4294967296,"method":"get"})", R"({"id":"x","method":"get"})", R"({"id":-1,"method":"get"})",
          R"({"id":7,"result":{}})", R"({"method":"rpc.cancel","params":{"call":4294967296}})",
          R"({"id":7,"method":"exec","params":{"after":[4294967296]}})",
          R"({"id":7,"method":"exec","params":{"after":1}})", R"({"id":null,"method":"get"})"})
        BOOST_TEST(sent(text) == "refused", text);
}

BOOST_AUTO_TEST_CASE(what_the_server_says_finds_its_client) {
    const auto result = received(R"({"id":12884901895,"result":{"call":5}})");
    BOOST_TEST(result.to.client.value() == 3U);
    BOOST_TEST(result.to.ends.value() == 12884901895U);
    BOOST_TEST(result.text == R"({"id":7,"result":{"call":5}})");
    const auto data = received(R"({"method":"rpc.data","params":{"call":12884901895,"stream":"stdout"}})");
    BOOST_TEST(data.to.client.value() == 3U);
    BOOST_TEST(!data.to.ends);
    BOOST_TEST(data.text == R"({"method":"rpc.data","params":{"call":7,"stream":"stdout"}})");
    const auto failed = received(R"({"id":12884901896,"error":{"data":{"call":12884901895}}})");
    BOOST_TEST(failed.text == R"({"id":8,"error":{"data":{"call":7}}})");
    const auto astray = received(R"({"id":null,"error":{"data":{"call":12884901895}}})");
    BOOST_TEST(astray.to.client.value() == 3U);
    BOOST_TEST(!astray.to.ends);
    BOOST_TEST(!received(R"({"id":null,"error":{"code":1}})").to.client);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::detail
