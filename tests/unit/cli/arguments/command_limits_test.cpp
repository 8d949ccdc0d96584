#include "cli/arguments/command_limits.hpp"

#include "cli/arguments/usage_error.hpp"

#include <boost/test/unit_test.hpp>

namespace tug::cli {

BOOST_AUTO_TEST_SUITE(command_limits_test)

BOOST_AUTO_TEST_CASE(each) {
    const auto l = limits_of({"memory=512M", "processes=100", "cpu=60", "open-files=64", "file-size=1000", "nice=-5"});
    BOOST_TEST(l.memory_bytes.value() == 512U << 20U);
    BOOST_TEST(l.processes.value() == 100U);
    BOOST_TEST(l.cpu.value().count() == 60'000);
    BOOST_TEST(l.open_files.value() == 64U);
    BOOST_TEST(l.file_bytes.value() == 1000U);
    BOOST_TEST(l.nice.value() == -5);
    BOOST_TEST(!limits_of({"nice=0"}).memory_bytes.has_value());
}

BOOST_AUTO_TEST_CASE(what_is_none) {
    for (const auto* text : {"", "memory", "memory=", "memory=x", "memory=0", "disk=1", "processes=0", "processes=1K",
                             "cpu=1.5", "cpu=-1", "nice=20", "open-files= 5"})
        BOOST_CHECK_THROW(static_cast<void>(limits_of({text})), usage_error);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::cli
