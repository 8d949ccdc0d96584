#include "cli/local/byte_streams.hpp"

#include "support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>

namespace tug::cli {

BOOST_AUTO_TEST_SUITE(byte_streams)

/// A pipe, a socket and a terminal have a reader who may take his time.
BOOST_AUTO_TEST_CASE(what_never_waits) {
    const test::temp_dir dir;
    const descriptor file(::open((dir / "file").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    BOOST_TEST(never_waits(file.get()));
    const descriptor null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    BOOST_TEST(never_waits(null.get()));
    std::array<int, 2> ends{};
    BOOST_TEST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const descriptor reads(ends[0]);
    const descriptor writes(ends[1]);
    BOOST_TEST(!never_waits(writes.get()));
    const descriptor terminal(::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
    BOOST_TEST(!never_waits(terminal.get()));
    BOOST_TEST(!never_waits(-1));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::cli
