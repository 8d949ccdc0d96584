#include "tug/proto/trace_context.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using tug::proto::trace_context;

const std::string right = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

BOOST_AUTO_TEST_SUITE(trace_context_test)

BOOST_AUTO_TEST_CASE(what_is_taken) {
    const auto it = trace_context::from(right, "vendor=opaque,other=1");
    BOOST_TEST_REQUIRE(it.has_value());
    BOOST_TEST(it->traceparent == right);
    BOOST_TEST(it->tracestate == "vendor=opaque,other=1");
    const boost::json::value again = it->to_json();
    BOOST_TEST(trace_context::from(&again)->tracestate == it->tracestate);
    BOOST_TEST(trace_context::from("cc" + right.substr(2) + "-what-comes-later", "").has_value());
}

BOOST_AUTO_TEST_CASE(what_is_malformed_is_ignored) {
    const std::string bad[] = {
        "",
        right.substr(1),
        right + "-x",
        right + "\n",
        "ff" + right.substr(2),
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "cc" + right.substr(2) + "-a\nb",
    };
    for (const auto& one : bad) BOOST_TEST(!trace_context::from(one, ""), one);
    for (const std::string state : {"none", "a=\x01", "a=\xff"})
        BOOST_TEST(trace_context::from(right, state)->tracestate.empty());
    BOOST_TEST(trace_context::from(right, "a=" + std::string(511, 'x'))->tracestate.empty());
}

BOOST_AUTO_TEST_CASE(meta_of_any_shape) {
    for (const auto* const text : {"1", "[]", "{}", R"({"traceparent":1})", R"({"tracestate":"a=1"})"}) {
        const auto meta = boost::json::parse(text);
        BOOST_TEST(!trace_context::from(&meta), text);
    }
    BOOST_TEST(!trace_context::from(nullptr));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
