#include "cli/commands/audit_text.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace {

using namespace tug;
using namespace tug::cli;

audit_event of(audit_event_kind kind) {
    audit_event out;
    out.kind = kind;
    out.time = "T";
    out.peer = "10.0.0.7:5";
    out.key = "ci";
    return out;
}

BOOST_AUTO_TEST_SUITE(audit_text_test)

BOOST_AUTO_TEST_CASE(a_line_of_each_kind) {
    auto login = of(audit_event_kind::login);
    login.outcome = "auth_failed";
    login.key.clear();
    login.refused_for = std::chrono::milliseconds(1000);
    BOOST_TEST(audit_text(login) == "T login 10.0.0.7:5: auth_failed, refused for 1000 ms");
    auto call = of(audit_event_kind::call);
    call.method = "exec";
    call.subject = "make\x1b[2J";
    call.outcome = "exited 0";
    call.bytes = 5120;
    call.took = std::chrono::milliseconds(12);
    const auto text = audit_text(call);
    BOOST_TEST(text.starts_with("T call ci@10.0.0.7:5 exec make"), text);
    BOOST_TEST(text.ends_with(": exited 0, 5.0 KiB, 12 ms"), text);
    BOOST_TEST(text.find('\x1b') == std::string::npos);
    auto lost = of(audit_event_kind::lost);
    lost.lost = 7;
    BOOST_TEST(audit_text(lost) == "T lost 7 events were not taken in time");
}

BOOST_AUTO_TEST_CASE(objects_have_what_the_event_says) {
    auto began = of(audit_event_kind::began);
    began.call = 17;
    began.method = "put";
    began.subject = "f";
    began.traceparent = "00-a-b-01";
    BOOST_TEST(boost::json::serialize(to_json(began)) ==
               R"({"time":"T","event":"began","peer":"10.0.0.7:5","key":"ci","call":17,"method":"put","subject":"f",)"
               R"("traceparent":"00-a-b-01"})");
    auto call = of(audit_event_kind::call);
    call.outcome = "ok";
    BOOST_TEST(boost::json::serialize(to_json(call)) ==
               R"({"time":"T","event":"call","peer":"10.0.0.7:5","key":"ci","outcome":"ok","bytes":0,"ms":0})");
    audit_event ready;
    ready.kind = audit_event_kind::ready;
    ready.time = "T";
    BOOST_TEST(boost::json::serialize(to_json(ready)) == R"({"time":"T","event":"ready"})");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
