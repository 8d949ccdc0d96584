#include "worker/core/job_record.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace tug::worker::test {

BOOST_AUTO_TEST_SUITE(job_record_test)

BOOST_AUTO_TEST_CASE(comes_back_as_it_was) {
    for (const auto state : {record_state::assigned, record_state::started, record_state::ended, record_state::failed,
                             record_state::unknown}) {
        job_record was;
        was.state = state;
        was.host = "h1:8840";
        was.owner = "o";
        was.claims = 3;
        was.message = 17;
        if (was.is_over()) was.more["error"] = boost::json::object{{"name", "busy"}};
        const auto read = job_record::parse(was.to_text());
        BOOST_REQUIRE(read);
        BOOST_TEST((read->state == state));
        BOOST_TEST(read->host == was.host);
        BOOST_TEST(read->owner == was.owner);
        BOOST_TEST(read->claims == 3U);
        BOOST_TEST(read->message == 17U);
        BOOST_TEST((read->more == was.more));
        BOOST_TEST(read->is_over() == (state >= record_state::ended));
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_record) {
    for (const auto* const text : {"", "[]", "{}", R"({"state":1})", R"({"state":"else"})"})
        BOOST_TEST(!job_record::parse(text), text);
}

BOOST_AUTO_TEST_CASE(a_failure_says_what_is_known) {
    auto why = failure(errc::no_space, "the disk is full");
    why.os_error = "ENOSPC";
    BOOST_TEST((boost::json::value(failure_object(why)) ==
                boost::json::parse(R"({"name":"no_space","message":"the disk is full","os_error":"ENOSPC"})")));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::worker::test
