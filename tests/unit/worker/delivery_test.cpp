#include "worker/core/delivery.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <ostream>
#include <string>

namespace tug::worker {

static std::ostream& operator<<(std::ostream& to, step what) {
    return to << static_cast<int>(what);
}

} // namespace tug::worker

namespace tug::worker::test {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t message = 7;
constexpr auto patience = 60s;
const delivery::time start_time{1000s};

delivery::settings settings() {
    return {"me", message, patience};
}

delivery fresh(std::string_view request = R"({"argv":["a"]})") {
    return {settings(), read_request(request)};
}

stored_record stored(record_state state, std::string owner = "other", std::uint64_t of = message) {
    stored_record out;
    out.what.state = state;
    out.what.host = "h1";
    out.what.owner = std::move(owner);
    out.what.message = of;
    out.revision = 40;
    return out;
}

/// Up to the start of the job on h1.
delivery about_to_start(std::string_view request = R"({"argv":["a"]})") {
    auto d = fresh(request);
    BOOST_TEST(d.begin() == step::read);
    BOOST_TEST(d.on_record(std::nullopt) == step::choose);
    BOOST_TEST(d.on_host("h1") == step::write);
    BOOST_TEST((d.record().state == record_state::assigned));
    BOOST_TEST(d.record().host == "h1");
    BOOST_TEST(d.revision() == 0U);
    (void)d.on_written(41);
    return d;
}

/// Up to the wait for its end.
delivery waiting() {
    auto d = about_to_start();
    BOOST_TEST(d.on_done() == step::write);
    BOOST_TEST((d.record().state == record_state::started));
    BOOST_TEST(d.revision() == 41U);
    BOOST_TEST(d.on_written(42) == step::wait);
    return d;
}

/// One that has taken over what another delivery had.
delivery heir(record_state state) {
    auto d = fresh();
    (void)d.begin();
    BOOST_TEST(d.on_record(stored(state)) == step::write);
    BOOST_TEST(d.revision() == 40U);
    BOOST_TEST(d.record().owner == "me");
    BOOST_TEST(d.record().claims == 2U);
    BOOST_TEST(d.record().host == "h1");
    BOOST_TEST((d.record().state == state));
    return d;
}

} // namespace

BOOST_AUTO_TEST_SUITE(delivery_test)

BOOST_AUTO_TEST_CASE(a_job_from_its_message_to_its_end) {
    auto d = waiting();
    BOOST_TEST(d.on_ended({{"exit_code", 3}}) == step::collect);
    BOOST_TEST(d.on_collected({{"tail", "t"}}) == step::write);
    BOOST_TEST((d.record().state == record_state::ended));
    BOOST_TEST(d.record().more.at("result").at("exit_code").as_int64() == 3);
    BOOST_TEST(d.record().more.contains("tail"));
    BOOST_TEST(d.on_written(43) == step::acknowledge);
    BOOST_TEST(d.may_forget());
}

BOOST_AUTO_TEST_CASE(input_files_go_before_the_start) {
    auto d = fresh(R"({"argv":["a"],"in":[{"object":"o","path":"p"}]})");
    (void)d.begin();
    (void)d.on_record(std::nullopt);
    (void)d.on_host("h1");
    BOOST_TEST(d.on_written(41) == step::send);
    BOOST_TEST(d.on_done() == step::start);
}

BOOST_AUTO_TEST_CASE(without_a_host_nothing_is_written) {
    auto d = fresh();
    (void)d.begin();
    (void)d.on_record(std::nullopt);
    BOOST_TEST(d.on_host(std::nullopt) == step::give_back);
}

// --- a message that comes again --------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_is_over_is_acknowledged) {
    for (const auto state : {record_state::ended, record_state::failed, record_state::unknown}) {
        auto d = fresh();
        (void)d.begin();
        BOOST_TEST(d.on_record(stored(state)) == step::acknowledge);
        BOOST_TEST(!d.may_forget());
    }
}

BOOST_AUTO_TEST_CASE(another_message_of_that_name_is_a_duplicate) {
    auto d = fresh();
    (void)d.begin();
    BOOST_TEST(d.on_record(stored(record_state::started, "other", message - 1)) == step::acknowledge);
}

BOOST_AUTO_TEST_CASE(a_job_that_runs_is_waited_for_where_it_is) {
    auto d = heir(record_state::started);
    BOOST_TEST(d.on_written(44) == step::wait);
    (void)d.on_ended({});
    (void)d.on_collected({});
    BOOST_TEST(d.on_written(45) == step::acknowledge);
    BOOST_TEST(!d.may_forget()); // the one before may be about to start it
}

BOOST_AUTO_TEST_CASE(whether_a_job_was_started_is_asked_of_its_host) {
    auto known = heir(record_state::assigned);
    BOOST_TEST(known.on_written(44) == step::look);
    BOOST_TEST(known.on_look(true) == step::write);
    BOOST_TEST((known.record().state == record_state::started));
    BOOST_TEST(known.on_written(45) == step::wait);
    auto not_known = heir(record_state::assigned);
    (void)not_known.on_written(44);
    BOOST_TEST(not_known.on_look(false) == step::start);
}

BOOST_AUTO_TEST_CASE(an_heir_starts_it_on_no_other_host) {
    auto d = heir(record_state::assigned);
    (void)d.on_written(44);
    (void)d.on_look(false);
    BOOST_TEST(d.on_failure({errc::busy}, true, start_time) == step::pause);
    BOOST_TEST(d.on_done() == step::start);
    BOOST_TEST(d.on_failure({errc::connect_failed}, false, start_time) == step::pause);
    BOOST_TEST(d.record().host == "h1");
}

BOOST_AUTO_TEST_CASE(of_two_that_claim_a_job_one_has_it) {
    auto d = fresh();
    (void)d.begin();
    (void)d.on_record(std::nullopt);
    (void)d.on_host("h2");
    BOOST_TEST(d.on_conflict() == step::read);
    BOOST_TEST(d.on_record(stored(record_state::assigned)) == step::write);
    BOOST_TEST(d.record().host == "h1");
    BOOST_TEST(d.record().claims == 2U);
}

BOOST_AUTO_TEST_CASE(who_has_lost_a_job_leaves_it) {
    auto before_start = about_to_start();
    BOOST_TEST(before_start.on_done() == step::write);
    BOOST_TEST(before_start.on_conflict() == step::read);
    BOOST_TEST(before_start.on_record(stored(record_state::assigned)) == step::leave);
    auto at_the_end = waiting();
    (void)at_the_end.on_ended({});
    (void)at_the_end.on_collected({});
    (void)at_the_end.on_conflict();
    BOOST_TEST(at_the_end.on_record(stored(record_state::started)) == step::leave);
    auto behind_the_end = waiting();
    (void)behind_the_end.on_ended({});
    (void)behind_the_end.on_collected({});
    (void)behind_the_end.on_conflict();
    BOOST_TEST(behind_the_end.on_record(stored(record_state::ended)) == step::acknowledge);
    BOOST_TEST(!behind_the_end.may_forget()); // it is the other one's
}

BOOST_AUTO_TEST_CASE(a_conflict_with_what_this_one_has_written) {
    auto d = fresh();
    (void)d.begin();
    (void)d.on_record(std::nullopt);
    (void)d.on_host("h1");
    (void)d.on_conflict();
    BOOST_TEST(d.on_record(stored(record_state::assigned, "me")) == step::start); // the answer was lost
    BOOST_TEST(d.revision() == 40U);
    (void)d.on_done();
    (void)d.on_conflict();
    BOOST_TEST(d.on_record(stored(record_state::assigned, "me")) == step::write); // it was not written
    BOOST_TEST((d.record().state == record_state::started));
}

BOOST_AUTO_TEST_CASE(a_record_that_was_dropped_is_written_anew) {
    auto d = waiting();
    (void)d.on_ended({});
    (void)d.on_collected({});
    (void)d.on_conflict();
    BOOST_TEST(d.on_record(std::nullopt) == step::write);
    BOOST_TEST(d.revision() == 0U);
    BOOST_TEST(d.on_written(50) == step::acknowledge);
}

// --- failures --------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_job_that_was_not_started_goes_to_another_host) {
    for (const bool sent : {false, true}) {
        auto d = about_to_start();
        BOOST_TEST(d.on_failure(sent ? errc::busy : errc::connection_lost, sent, start_time) == step::choose);
        BOOST_TEST(d.tried().contains("h1"));
        BOOST_TEST(d.on_host("h2") == step::write);
        BOOST_TEST(d.record().host == "h2");
        BOOST_TEST(d.on_written(42) == step::start);
    }
}

BOOST_AUTO_TEST_CASE(a_job_that_may_have_been_started_stays) {
    auto d = about_to_start();
    BOOST_TEST(d.on_failure(errc::connection_lost, true, start_time) == step::pause);
    BOOST_TEST(d.on_done() == step::start);
    BOOST_TEST(d.on_failure(errc::connect_failed, false, start_time + 1s) == step::pause);
    BOOST_TEST(d.on_done() == step::start);
    BOOST_TEST(d.on_failure(errc::busy, true, start_time + 2s) == step::pause);
}

BOOST_AUTO_TEST_CASE(a_start_that_broke_may_have_happened) {
    for (const auto code : {errc::internal_error, errc::io_error, errc::protocol_violation, errc::unknown_error}) {
        auto d = about_to_start();
        BOOST_TEST(d.on_failure(code, true, start_time) == step::pause);
        BOOST_TEST(d.on_done() == step::start);
        (void)d.on_done();
        (void)d.on_written(42);
        BOOST_TEST(d.on_failure(errc::job_lost, true, start_time) == step::write);
        BOOST_TEST((d.record().state == record_state::unknown));
    }
}

BOOST_AUTO_TEST_CASE(a_job_whose_holder_ended_as_it_began_is_unknown) {
    auto d = about_to_start();
    BOOST_TEST(d.on_failure(errc::job_lost, true, start_time) == step::write);
    BOOST_TEST((d.record().state == record_state::unknown));
}

BOOST_AUTO_TEST_CASE(when_no_host_is_left_all_are_tried_again) {
    auto d = about_to_start();
    (void)d.on_failure(errc::busy, true, start_time);
    BOOST_TEST(d.on_host(std::nullopt) == step::pause);
    BOOST_TEST(d.tried().empty());
    BOOST_TEST(d.on_done() == step::choose);
    BOOST_TEST(d.on_host("h1") == step::write);
}

BOOST_AUTO_TEST_CASE(what_no_host_can_do_has_failed) {
    auto d = about_to_start();
    (void)d.on_failure(errc::unsupported, true, start_time);
    BOOST_TEST(d.on_host(std::nullopt) == step::write);
    BOOST_TEST((d.record().state == record_state::failed));
    BOOST_TEST(d.record().more.at("error").at("name").as_string() == "unsupported");
    BOOST_TEST(d.on_written(43) == step::acknowledge);
}

BOOST_AUTO_TEST_CASE(what_tugd_refuses_has_failed) {
    auto d = about_to_start();
    BOOST_TEST(d.on_failure({errc::exec_not_found, "no program nothing"}, true, start_time) == step::write);
    BOOST_TEST((d.record().state == record_state::failed));
    BOOST_TEST(d.on_written(43) == step::acknowledge);
    BOOST_TEST(!d.may_forget());
}

BOOST_AUTO_TEST_CASE(a_host_that_is_away_is_waited_for) {
    auto d = waiting();
    BOOST_TEST(d.on_failure(errc::connection_lost, true, start_time) == step::pause);
    BOOST_TEST(d.on_done() == step::wait);
    BOOST_TEST(d.on_failure(errc::connect_failed, false, start_time + patience - 1s) == step::pause);
    (void)d.on_done();
    BOOST_TEST(d.on_ended({}) == step::collect);
    // From now on anew.
    BOOST_TEST(d.on_failure(errc::connection_lost, true, start_time + patience + 1s) == step::pause);
}

BOOST_AUTO_TEST_CASE(a_host_that_does_not_come_back_makes_the_end_unknown) {
    auto d = waiting();
    (void)d.on_failure(errc::connection_lost, true, start_time);
    (void)d.on_done();
    BOOST_TEST(d.on_failure(errc::connect_failed, false, start_time + patience) == step::write);
    BOOST_TEST((d.record().state == record_state::unknown));
    BOOST_TEST(d.record().more.at("error").at("name").as_string() == "connect_failed");
    BOOST_TEST(d.on_written(43) == step::acknowledge);
    BOOST_TEST(!d.may_forget());
}

BOOST_AUTO_TEST_CASE(a_job_that_left_no_result_is_unknown) {
    for (const auto code : {errc::job_lost, errc::not_found}) {
        auto d = waiting();
        BOOST_TEST(d.on_failure(code, true, start_time) == step::write);
        BOOST_TEST((d.record().state == record_state::unknown));
    }
}

BOOST_AUTO_TEST_CASE(a_result_stands_without_its_output) {
    auto d = waiting();
    (void)d.on_ended({{"exit_code", 0}});
    BOOST_TEST(d.on_failure(errc::connection_lost, true, start_time) == step::pause);
    BOOST_TEST(d.on_done() == step::collect);
    BOOST_TEST(d.on_failure(errc::connect_failed, false, start_time + patience) == step::write);
    BOOST_TEST((d.record().state == record_state::ended));
    BOOST_TEST(d.record().more.contains("result"));
    BOOST_TEST(d.record().more.contains("error"));
}

// --- what is no request ----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_message_that_is_no_request_is_told_and_rejected) {
    auto d = fresh("nothing");
    BOOST_TEST(d.begin() == step::read);
    BOOST_TEST(d.on_record(std::nullopt) == step::write);
    BOOST_TEST((d.record().state == record_state::failed));
    BOOST_TEST(d.record().more.at("error").at("name").as_string() == "parse_error");
    BOOST_TEST(d.on_written(41) == step::reject);
}

BOOST_AUTO_TEST_CASE(a_bad_message_changes_no_record) {
    for (const auto state : {record_state::ended, record_state::started}) {
        auto d = fresh("nothing");
        (void)d.begin();
        BOOST_TEST(d.on_record(stored(state, "other", message - 1)) == step::reject);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::worker::test
