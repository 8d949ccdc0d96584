#include "worker/core/job_request.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace tug::worker::test {

namespace {

failure refused(std::string_view text) {
    const auto read = read_request(text);
    BOOST_REQUIRE_MESSAGE(!read, text);
    return read.error();
}

} // namespace

BOOST_AUTO_TEST_SUITE(job_request_test)

BOOST_AUTO_TEST_CASE(params_pass_as_they_are) {
    const auto read = read_request(R"({"argv":["make","-j4"],"cwd":"src","new_in_some_tugd":1})");
    BOOST_REQUIRE(read);
    BOOST_TEST(boost::json::serialize(start_params(*read, "build-1")) ==
               R"({"argv":["make","-j4"],"cwd":"src","new_in_some_tugd":1,"job":"build-1","keep_bytes":65536})");
    BOOST_TEST(read->in.empty());
    BOOST_TEST(read->out.empty());
}

BOOST_AUTO_TEST_CASE(more_may_be_kept_of_an_output) {
    const auto read = read_request(R"({"argv":["a"],"keep_bytes":1000000})");
    BOOST_REQUIRE(read);
    BOOST_TEST(boost::json::serialize(start_params(*read, "a")) == R"({"argv":["a"],"keep_bytes":1000000,"job":"a"})");
}

BOOST_AUTO_TEST_CASE(files_are_no_params) {
    const auto read = read_request(
        R"({"argv":["a"],"in":[{"object":"o","path":"p"},{"object":"q","path":"r"}],"out":[{"path":"s","object":"t"}]})");
    BOOST_REQUIRE(read);
    BOOST_REQUIRE(read->in.size() == 2U);
    BOOST_TEST(read->in[1].object == "q");
    BOOST_TEST(read->in[1].path == "r");
    BOOST_REQUIRE(read->out.size() == 1U);
    BOOST_TEST(read->out[0].object == "t");
    BOOST_TEST(!read->params.contains("in"));
    BOOST_TEST(!read->params.contains("out"));
}

BOOST_AUTO_TEST_CASE(what_is_no_request) {
    for (const auto* const text : {"", "x", "[]", "{\"argv\":[\"a\"]", "3"})
        BOOST_TEST((refused(text).code == errc::parse_error), text);
}

BOOST_AUTO_TEST_CASE(what_a_queue_does_not_have) {
    for (const std::string field : {"job", "stdin", "pty", "keep_ms"}) {
        const auto why = refused(R"({"argv":["a"],")" + field + R"(":true})");
        BOOST_TEST((why.code == errc::invalid_params));
        BOOST_TEST(why.field == field);
    }
}

BOOST_AUTO_TEST_CASE(files_that_are_none) {
    for (const auto* const text :
         {R"({"in":{}})", R"({"in":[1]})", R"({"in":[{"object":"o"}]})", R"({"in":[{"object":"o","path":""}]})",
          R"({"in":[{"object":1,"path":"p"}]})", R"({"in":[{"object":"o","path":"p","mode":1}]})"}) {
        const auto why = refused(text);
        BOOST_TEST((why.code == errc::invalid_params), text);
        BOOST_TEST(why.field.starts_with("in"), text);
    }
    std::string many = R"({"out":[)";
    for (int i = 0; i < 257; ++i) many += std::string(i == 0 ? "" : ",") + R"({"object":"o","path":"p"})";
    BOOST_TEST(refused(many + "]}").field == "out");
}

BOOST_AUTO_TEST_CASE(names) {
    for (const std::string name : {"a", "build-17", "a.b.c", "_", "-x", "0"}) BOOST_TEST(is_queue_name(name), name);
    for (const std::string name : {"", ".", ".a", "a.", "a..b", "a b", "a/b", "a>b", "*", "refused=7", "\xc3\xa9"})
        BOOST_TEST(!is_queue_name(name), name);
    BOOST_TEST(is_queue_name(std::string(64, 'a')));
    BOOST_TEST(!is_queue_name(std::string(65, 'a')));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::worker::test
