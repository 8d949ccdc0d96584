// A test that asks which processes there are must see one that is becoming another program.

#include "support/proc.hpp"
#include "support/program.hpp"
#include "support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

namespace tug::test {

BOOST_AUTO_TEST_SUITE(proc)

BOOST_AUTO_TEST_CASE(a_process_has_arguments_while_it_becomes_another_program) {
    const temp_dir dir;
    const auto again = dir / "again";
    write_file(again, "exec /bin/sh \"$0\" \"$1\"\n");
    const auto mark = sleep_mark();
    const program changes({"/bin/sh", again, mark});
    for (int look = 0; look < 2000; ++look)
        BOOST_TEST_REQUIRE(arguments_of(changes.pid()).find(mark) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_zombie_has_none) {
    program ended({"/bin/true"});
    BOOST_TEST(eventually([&] { return arguments_of(ended.pid()).empty(); }));
    BOOST_TEST(ended.wait() == 0);
    BOOST_TEST(arguments_of(ended.pid()).empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
