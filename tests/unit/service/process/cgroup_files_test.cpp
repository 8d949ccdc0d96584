// What a cgroup limits and counts, by files as its controllers have them.

#include "process/cgroup.hpp"

#include "support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace {

using namespace tug::service;
using tug::test::temp_dir;

struct fixture {
    temp_dir dir;
    tug::os::unique_fd above{::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};

    fixture() {
        std::filesystem::create_directory(dir / "run-1");
        write("cgroup.events", "populated 0\n");
    }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(dir / ("run-1/" + name)) << text;
    }

    [[nodiscard]] std::string read(const std::string& name) const {
        std::ostringstream all;
        all << std::ifstream(dir / ("run-1/" + name)).rdbuf();
        return all.str();
    }

    [[nodiscard]] cgroup open() const { return cgroup::open(above.get(), "run-1").value(); }
};

BOOST_FIXTURE_TEST_SUITE(cgroup_files_test, fixture)

BOOST_AUTO_TEST_CASE(without_controllers) {
    const auto it = open();
    BOOST_TEST(!it.counts());
    BOOST_TEST(!it.set("memory.max", "1000"));
    BOOST_TEST(!it.number("memory.peak").has_value());
    BOOST_TEST(!it.number("io.stat", "rbytes").has_value());
}

BOOST_AUTO_TEST_CASE(limits) {
    write("memory.max", "max\n");
    const auto it = open();
    BOOST_TEST(it.counts());
    BOOST_TEST(it.set("memory.max", "1000"));
    BOOST_TEST(read("memory.max") == "1000");
    BOOST_TEST(!it.set("pids.max", "10"));
}

/// One that was given back is lent again unless it counts; a limit of a command is not one of the next.
BOOST_AUTO_TEST_CASE(a_controller_that_comes_later) {
    const auto it = open();
    write("memory.max", "max\n");
    BOOST_TEST(!it.counts());
    BOOST_TEST(it.set("memory.max", "1000"));
    BOOST_TEST(it.counts());
}

BOOST_AUTO_TEST_CASE(numbers) {
    write("memory.max", "max\n");
    write("memory.peak", "4096\n");
    write("memory.events", "low 0\nhigh 1\nmax 7\noom 5\noom_kill 3\noom_group_kill 1\n");
    write("io.stat", "8:0 rbytes=100 wbytes=20 rios=3 wios=4 dbytes=0 dios=0\n259:0 rbytes=1 wbytes=2 rios=1 wios=1\n");
    const auto it = open();
    BOOST_TEST(it.number("memory.peak").value() == 4096U);
    BOOST_TEST(it.number("memory.events", "oom_kill").value() == 3U);
    BOOST_TEST(it.number("memory.events", "oom").value() == 5U);
    BOOST_TEST(it.number("memory.events", "missing").value() == 0U);
    BOOST_TEST(it.number("io.stat", "rbytes").value() == 101U);
    BOOST_TEST(it.number("io.stat", "wbytes").value() == 22U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
