#include "tug/os/temporary_name.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>

using namespace tug::os;

BOOST_AUTO_TEST_SUITE(temporary_name_test)

BOOST_AUTO_TEST_CASE(names_of_temporaries) {
    BOOST_TEST(temporary_name(0x0123456789abcdefU) == ".tug-0123456789abcdef.tmp");
    BOOST_TEST(is_temporary_name(temporary_name(0)));
    BOOST_TEST(is_temporary_name(temporary_name(~std::uint64_t{0})));
    for (const auto* name : {"", ".tug-.tmp", ".tug-0123456789abcde.tmp", ".tug-0123456789abcdef0.tmp",
                             ".tug-0123456789ABCDEF.tmp", ".tug-0123456789abcdeg.tmp", "xtug-0123456789abcdef.tmp",
                             ".tug-0123456789abcdef.tmpx", ".tug-0123456789abcdef.tm", "..tug-0123456789abcdef.tmp"})
        BOOST_TEST_CONTEXT(name) BOOST_TEST(!is_temporary_name(name));
}

BOOST_AUTO_TEST_CASE(random_ones_differ) {
    BOOST_TEST(is_temporary_name(random_temporary_name()));
    BOOST_TEST(random_temporary_name() != random_temporary_name());
}

BOOST_AUTO_TEST_SUITE_END()
