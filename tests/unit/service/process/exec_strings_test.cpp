#include "process/exec_strings.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using tug::service::exec_strings;
using views = std::vector<std::string_view>;

BOOST_AUTO_TEST_SUITE(exec_strings_test)

BOOST_AUTO_TEST_CASE(of_none_there_is_the_null) {
    const exec_strings none;
    BOOST_TEST(none.empty());
    BOOST_TEST(none.all().empty());
    BOOST_TEST((none.pointers() == std::vector<char*>{nullptr}));
}

BOOST_AUTO_TEST_CASE(they_are_in_order_and_may_be_empty) {
    exec_strings some{"A=1", "", "LONG=" + std::string(100'000, 'x')};
    some.add({"B", "=", ""});
    BOOST_TEST(!some.empty());
    BOOST_TEST((some.all() == views{"A=1", "", "LONG=" + std::string(100'000, 'x'), "B="}));
}

BOOST_AUTO_TEST_CASE(as_execve_takes_them) {
    exec_strings some{"A=1", "", "B=2"};
    const auto moved = std::move(some); // short ones are in the object itself
    const auto pointers = moved.pointers();
    BOOST_TEST_REQUIRE(pointers.size() == 4U);
    BOOST_TEST((views{pointers[0], pointers[1], pointers[2]} == views{"A=1", "", "B=2"}));
    BOOST_TEST(pointers[3] == static_cast<char*>(nullptr));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
