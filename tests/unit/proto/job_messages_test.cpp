#include "tug/proto/job_messages.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace tug::test {

namespace {

using namespace tug::proto;

boost::json::object object(std::string_view text) {
    return boost::json::parse(text).as_object();
}

template <class Params>
std::string field_of(std::string_view text) {
    const auto parsed = Params::parse(object(text));
    return parsed ? "" : parsed.error().field;
}

} // namespace

BOOST_AUTO_TEST_SUITE(job_messages_test)

BOOST_AUTO_TEST_CASE(a_name_leads_into_no_other_directory) {
    for (const auto* good : {"a", "build-1.2_x", "-", "A.b"}) BOOST_TEST(is_job_name(good), good);
    for (const auto& bad : {std::string(), std::string("."), std::string(".."), std::string(".a"), std::string("a/b"),
                            std::string("a b"), std::string("\xc3\xa4"), std::string("a\0b", 3), std::string(65, 'a')})
        BOOST_TEST(!is_job_name(bad), bad);
    BOOST_TEST(is_job_name(std::string(64, 'a')));
    BOOST_TEST(field_of<job_wait_params>(R"({"job":"../x"})") == "job");
    BOOST_TEST(field_of<job_start_params>(R"({"job":"..","argv":["true"]})") == "job");
}

BOOST_AUTO_TEST_CASE(start_takes_what_exec_takes_and_how_the_job_is_kept) {
    const auto parsed = job_start_params::parse(object(
        R"({"job":"n","argv":["cat"],"stdin":true,"keep_bytes":65536,"overflow":"end","keep_ms":0,"timeout_ms":5})"));
    BOOST_TEST_REQUIRE(parsed.has_value());
    BOOST_TEST(parsed->job == "n");
    BOOST_TEST((parsed->command.argv == std::vector<std::string>{"cat"}));
    BOOST_TEST(parsed->command.with_stdin);
    BOOST_TEST(parsed->command.timeout_ms.value() == 5U);
    BOOST_TEST((parsed->overflow == job_overflow::end));
    BOOST_TEST(!parsed->timeout_ms.has_value());
    const auto text = serialize(parsed->to_json());
    const auto back = job_start_params::parse(object(text));
    BOOST_TEST_REQUIRE(back.has_value());
    BOOST_TEST(serialize(back->to_json()) == text);
    BOOST_TEST(field_of<job_start_params>(R"({"argv":["a"],"keep_bytes":1})") == "keep_bytes");
    BOOST_TEST(field_of<job_start_params>(R"({"argv":["a"],"overflow":"hold"})") == "overflow");
    BOOST_TEST(field_of<job_start_params>(R"({"argv":["a"],"more":1})") == "more");
    BOOST_TEST(field_of<job_start_params>(R"({"job":"a"})") == "argv");
}

BOOST_AUTO_TEST_CASE(an_attachment_begins_where_it_is_told) {
    const auto text = R"({"job":"n","stdout":12,"stderr":null,"stdin":7,"take_over":true})";
    const auto parsed = job_attach_params::parse(object(text));
    BOOST_TEST_REQUIRE(parsed.has_value());
    BOOST_TEST(parsed->standard_output.position() == 12U);
    BOOST_TEST((parsed->standard_error.type() == job_position::kind::none));
    BOOST_TEST(parsed->standard_input.from.value() == 7U);
    BOOST_TEST(serialize(parsed->to_json()) == text);
    BOOST_TEST(parsed->streams().size() == 2U);
    const auto usual = job_attach_params::parse(object(R"({"job":"n"})"));
    BOOST_TEST((usual->standard_output.type() == job_position::kind::kept));
    BOOST_TEST(usual->streams().size() == 2U);
    BOOST_TEST(field_of<job_attach_params>(R"({"job":"n","stdout":-1})") == "stdout");
    BOOST_TEST(field_of<job_attach_params>(R"({"job":"n","stdout":"start"})") == "stdout");
}

BOOST_AUTO_TEST_CASE(what_is_said_of_a_job_comes_back) {
    job_info info;
    info.job = "n";
    info.state = job_state::lost;
    info.argv = {"a", "\xff"};
    info.standard_error.emplace().kept_from = 4;
    const auto back = job_info::parse(object(serialize(info.to_json())));
    BOOST_TEST_REQUIRE(back.has_value());
    BOOST_TEST((back->state == job_state::lost));
    BOOST_TEST((back->argv == info.argv));
    BOOST_TEST(back->standard_error->kept_from == 4U);
    BOOST_TEST(!back->result.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
