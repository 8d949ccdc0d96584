#include "cli/fan/host_outcome.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace tug::cli {

namespace {

host_outcome ended(int code, std::string what) {
    host_outcome out;
    out.how = host_outcome::state::ended;
    out.code = code;
    out.what = std::move(what);
    return out;
}

host_outcome failed(int code, errc why) {
    host_outcome out;
    out.how = host_outcome::state::failed;
    out.code = code;
    out.why = failure(why, "why\x1b");
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(host_outcome_test)

BOOST_AUTO_TEST_CASE(the_worst_code_is_that_of_all) {
    const std::vector<int> from_best{0, 1, 2, 123, 129, 143, 124, 126, 127, 125};
    BOOST_TEST(worst_code({}) == 0);
    for (std::size_t i = 1; i < from_best.size(); ++i) {
        const std::vector<host_outcome> both{ended(from_best[i], ""), ended(from_best[i - 1], "")};
        BOOST_TEST(worst_code(both) == from_best[i]);
    }
}

BOOST_AUTO_TEST_CASE(a_host_is_a_line) {
    const std::vector<host_outcome> all{ended(0, "exited"), ended(3, "exited"), failed(125, errc::connect_failed), {}};
    BOOST_TEST(outcome_table({"a", "web2", "c\n", "d"}, all) == "HOST  OUTCOME         EXIT    TIME\n"
                                                                "a     exited             0  0.00 s\n"
                                                                "web2  exited             3  0.00 s\n"
                                                                "c?    connect_failed   125  0.00 s\n"
                                                                "d     not begun\n"
                                                                "4 hosts: 1 succeeded, 2 failed, 1 not begun\n");
}

BOOST_AUTO_TEST_CASE(an_object_tells_result_or_error) {
    BOOST_TEST(to_json("a", ended(3, "exited")).contains("result"));
    const auto bad = to_json("a", failed(125, errc::connect_failed));
    BOOST_TEST(bad.at("exit") == 125);
    BOOST_TEST(bad.at("error").at("name") == "connect_failed");
    BOOST_TEST(!bad.contains("result"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::cli
