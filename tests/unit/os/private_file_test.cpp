#include "tug/os/private_file.hpp"

#include "support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <string>

namespace {

using tug::os::max_private_file;
using tug::os::read_private_file;
using tug::proto::errc;
using namespace tug::test;

struct a_file : temp_dir {
    std::string file = *this / "secret";

    a_file() {
        write_file(file, "one\ntwo");
        set_mode(0600);
    }

    void set_mode(mode_t mode) const { BOOST_REQUIRE(::chmod(file.c_str(), mode) == 0); }

    /// The message, without the path that it begins with; empty where the file is read.
    [[nodiscard]] std::string refusal() const {
        const auto got = read_private_file(file, errc::bad_key_file);
        if (got) return {};
        BOOST_TEST((got.error().code == errc::bad_key_file));
        BOOST_REQUIRE(got.error().message.starts_with(file + " "));
        return got.error().message.substr(file.size() + 1);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(private_file_test, a_file)

BOOST_AUTO_TEST_CASE(the_text_and_where_it_moves) {
    auto got = read_private_file(file, errc::bad_key_file);
    BOOST_REQUIRE(got.has_value());
    const auto moved = std::move(*got);
    BOOST_TEST(moved.view() == "one\ntwo");
    BOOST_TEST(got->view().empty());
}

BOOST_AUTO_TEST_CASE(who_else_may_use_it) {
    for (const mode_t mode : {0600, 0400, 0700}) {
        set_mode(mode);
        BOOST_TEST(refusal() == "");
    }
    for (const mode_t mode : {0640, 0620, 0610, 0604, 0602, 0601, 0666}) {
        set_mode(mode);
        BOOST_TEST(refusal() == "can be read or written by others; run: chmod 600");
    }
}

BOOST_AUTO_TEST_CASE(whose_it_is, *boost::unit_test::precondition([](auto) { return ::geteuid() == 0; })) {
    BOOST_REQUIRE(::chown(file.c_str(), 1, 1) == 0);
    BOOST_TEST(refusal() == "belongs to another user");
}

BOOST_AUTO_TEST_CASE(how_large_it_is) {
    write_file(file, std::string(max_private_file, 'x'));
    BOOST_TEST(refusal() == "");
    write_file(file, std::string(max_private_file + 1, 'x'));
    BOOST_TEST(refusal() == "is larger than 1 MiB");
}

BOOST_AUTO_TEST_CASE(what_is_no_file) {
    BOOST_REQUIRE(::unlink(file.c_str()) == 0);
    BOOST_TEST(refusal() == "cannot be read: No such file or directory");
    BOOST_REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
    BOOST_TEST(refusal() == "is no regular file"); // and nobody waits for a writer
    BOOST_REQUIRE(::unlink(file.c_str()) == 0);
    BOOST_REQUIRE(::mkdir(file.c_str(), 0700) == 0);
    BOOST_TEST(refusal() == "is no regular file");
}

BOOST_AUTO_TEST_SUITE_END()
