// Edge cases of JSON: what each gets from the protocol and from the readers of params.

#include "support/json_cases.hpp"
#include "support/talk.hpp"
#include "tug/proto/file_messages.hpp"
#include "tug/proto/json_reader.hpp"
#include "tug/proto/member_reader.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace tug::proto;
using namespace tug::test;

/// As the endpoints read them.
bool good_params(const message& m) {
    const auto* params = m.params ? m.params->if_object() : nullptr;
    if (m.params && !params) return false;
    if (!params) return true;
    if (m.method == "get") return get_params::parse(*params).has_value();
    member_reader in(*params);
    in.text("payload");
    return !in.finish();
}

/// What a server makes of one frame: "accepted", or the name and the id of the error.
std::string outcome(server& s, const std::string& bytes) {
    s.it.feed(bytes_of(bytes));
    std::string out;
    for (;;) {
        const auto e = s.it.next();
        if (e.kind == event::type::need_more) break;
        BOOST_TEST_REQUIRE((e.kind == event::type::request || e.kind == event::type::failed));
        if (e.kind == event::type::request) out = good_params(e.message) ? "accepted" : "invalid_params 1";
    }
    for (const auto& f : s.sent()) out += error_text(f.json());
    return out;
}

BOOST_AUTO_TEST_SUITE(json_cases_test)

/// One connection hears them all: none of them ends it, and none has an effect on the next.
BOOST_AUTO_TEST_CASE(each_gets_what_the_document_says) {
    server s;
    for (const auto& c : json_cases()) BOOST_TEST_CONTEXT(c.envelope.substr(0, 200)) {
            BOOST_TEST(outcome(s, frame(c.envelope)) == c.outcome);
            BOOST_TEST(!s.it.over());
        }
    BOOST_TEST(json_cases().size() > 250U);
}

/// The reader itself has no limit of size; its stack does not grow with the depth of a text.
BOOST_AUTO_TEST_CASE(a_bomb_of_depth) {
    json_reader reader;
    for (const auto& text :
         {nested(1'000'000, "[", "]"), nested(100'000, R"({"a":)", "}"), nested(1'000'000, "[", "")}) {
        const auto r = reader.parse(text);
        BOOST_TEST_REQUIRE(r.has_error());
        BOOST_TEST((r.error().code == errc::parse_error));
    }
    server s;
    BOOST_TEST(outcome(s, frame(nested(1'000'000, "[", "]"))) == "frame_too_large null");
    BOOST_TEST(s.it.over());
}

BOOST_AUTO_TEST_CASE(texts_up_to_the_size_of_an_envelope) {
    server s;
    const auto room = s.it.sizes().envelope - with_payload("\"\"").size();
    BOOST_TEST(outcome(s, frame(with_payload('"' + std::string(room, 's') + '"'))) == "accepted");
    BOOST_TEST(outcome(s, frame(with_payload('"' + std::string(room + 1, 's') + '"'))) == "frame_too_large null");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
