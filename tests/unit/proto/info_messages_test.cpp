#include "tug/proto/info_messages.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace {

using namespace tug::proto;

boost::json::object object(std::string_view text) {
    return boost::json::parse(boost::json::string_view(text.data(), text.size())).as_object();
}

BOOST_AUTO_TEST_SUITE(info_messages_test)

BOOST_AUTO_TEST_CASE(it_comes_back) {
    info_result said;
    said.server = "tug/0.1.0";
    said.hostname = "h\xff";
    said.load.minutes_5 = 142;
    said.root.files_free = 7;
    said.jobs = {2, 256};
    said.contained_by = containment::cgroup;
    said.lookup = path_lookup::openat2;
    said.recording = recording_rule::keys;
    said.certificate_ends_ms = 1'800'000'000'000;
    said.rules = {"root", "argv0=git"};
    said.limits = {{"max_commands", 256}};
    said.totals.cpu_us = 9;
    const auto back = info_result::parse(object(boost::json::serialize(said.to_json()))).value();
    BOOST_TEST(boost::json::serialize(back.to_json()) == boost::json::serialize(said.to_json()));
    BOOST_TEST(back.hostname == "h\xff");
    BOOST_TEST(back.certificate_ends_ms.value() == 1'800'000'000'000U);
    BOOST_TEST(back.rules.at(1) == "argv0=git");
    BOOST_TEST(back.jobs->used == 2U);
    BOOST_TEST(!back.kept_jobs.has_value());
    BOOST_TEST(!back.state.has_value());
    BOOST_TEST(name_of(back.recording) == "keys");
    BOOST_TEST(back.limits.at("max_commands") == 256U);
}

/// Later versions say more, and know other words.
BOOST_AUTO_TEST_CASE(a_later_server_is_understood) {
    const auto parsed = info_result::parse(
        object(R"({"server":"tug/9","new":1,"containment":"vm","root":{"colour":"red"},"limits":{"max_new":3}})"));
    BOOST_TEST(parsed.value().limits.at("max_new") == 3U);
    BOOST_TEST((parsed->contained_by == containment::session));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
    BOOST_TEST(info_result::parse(object("{}")).error().field == "server");
    BOOST_TEST(info_result::parse(object(R"({"server":"s","limits":{"a":-1}})")).error().field == "limits");
    BOOST_TEST(info_result::parse(object(R"({"server":"s","load":{"minutes_1":0.5}})")).error().field == "load");
    BOOST_TEST(info_params::parse(object(R"({"path":"/"})")).error().field == "path");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
