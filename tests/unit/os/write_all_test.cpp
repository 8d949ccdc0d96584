#include "tug/os/write_all.hpp"

#include "tug/os/unique_fd.hpp"

#include "support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>

#include <cerrno>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace tug::test;
using tug::os::unique_fd;

int write_text(int fd, std::string_view text) {
    return tug::os::write_all(fd, std::as_bytes(std::span(text)));
}

BOOST_FIXTURE_TEST_SUITE(write_all_test, temp_dir)

BOOST_AUTO_TEST_CASE(it_goes_on_where_the_descriptor_stands) {
    const auto file = *this / "f";
    const unique_fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    BOOST_TEST(write_text(fd.get(), "one") == 0);
    BOOST_TEST(write_text(fd.get(), "") == 0);
    BOOST_TEST(write_text(fd.get(), " two") == 0);
    BOOST_TEST(read_file(file) == "one two");
}

BOOST_AUTO_TEST_CASE(the_errno_is_told) {
    const unique_fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    BOOST_TEST(write_text(full.get(), "x") == ENOSPC);
    BOOST_TEST(write_text(-1, "x") == EBADF);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
