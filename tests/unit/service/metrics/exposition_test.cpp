#include "metrics/exposition.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using tug::service::exposition;

BOOST_AUTO_TEST_SUITE(exposition_test)

BOOST_AUTO_TEST_CASE(families_and_samples) {
    exposition out;
    out.single("tug_connections", "gauge", "Connections that are open.", 3);
    out.family("tug_calls_total", "counter", "Calls.");
    out.sample(12, {{"method", "exec"}, {"outcome", "ok"}});
    BOOST_TEST(out.take() == "# HELP tug_connections Connections that are open.\n"
                             "# TYPE tug_connections gauge\n"
                             "tug_connections 3\n"
                             "# HELP tug_calls_total Calls.\n"
                             "# TYPE tug_calls_total counter\n"
                             "tug_calls_total{method=\"exec\",outcome=\"ok\"} 12\n");
}

BOOST_AUTO_TEST_CASE(a_label_cannot_leave_its_quotes) {
    exposition out;
    out.family("f", "gauge", "h");
    out.sample(1, {{"l", "a\"b\\c\nd"}});
    BOOST_TEST(out.take().ends_with("f{l=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

BOOST_AUTO_TEST_CASE(large_and_small_numbers_are_exact) {
    exposition out;
    out.single("f", "gauge", "h", 9007199254740991.0);
    out.sample(0.025, {}, "_bucket");
    const auto text = out.take();
    BOOST_TEST(text.find("f 9007199254740991\n") != std::string::npos, text);
    BOOST_TEST(text.find("f_bucket 0.025\n") != std::string::npos, text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
