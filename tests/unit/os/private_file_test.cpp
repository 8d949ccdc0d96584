#include "tug/os/private_file.hpp"

#include "support/mounted.hpp"
#include "support/temp_dir.hpp"
#include "tug/os/unique_fd.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <thread>

namespace {

using tug::os::max_private_file;
using tug::os::read_private_file;
using tug::os::secret_readers;
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
    [[nodiscard]] std::string refusal(secret_readers others = secret_readers::none) const {
        const auto got = read_private_file(file, errc::bad_key_file, others);
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
    for (const mode_t mode : {0640, 0610, 0604, 0601, 0440, 0444, 0755}) {
        set_mode(mode);
        BOOST_TEST(refusal() == "can be read by others; run: chmod 600 '" + file +
                                    "', or say --key-file-mode any where that is meant");
        BOOST_TEST(refusal(secret_readers::any) == "");
    }
    for (const mode_t mode : {0620, 0602, 0666, 0660}) {
        set_mode(mode);
        BOOST_TEST(refusal() == "can be written by others; run: chmod 600 '" + file + "'");
        BOOST_TEST(refusal(secret_readers::any) == "can be written by others; run: chmod go-w '" + file + "'");
    }
}

/// As the secrets of containers are mounted: a link to a link to the file.
BOOST_AUTO_TEST_CASE(behind_symlinks) {
    set_mode(0440);
    BOOST_REQUIRE(::symlink("secret", (*this / "..data").c_str()) == 0);
    BOOST_REQUIRE(::symlink("..data", (*this / "key").c_str()) == 0);
    BOOST_TEST(read_private_file(*this / "key", errc::bad_key_file, secret_readers::any).has_value());
    BOOST_TEST(!read_private_file(*this / "key", errc::bad_key_file).has_value());
}

BOOST_AUTO_TEST_CASE(a_read_only_mount_says_that_it_is_meant) {
    set_mode(0444);
    const auto over = mounted::bind(path(), path());
    if (!over.done() || !over.make_read_only()) {
        BOOST_TEST_MESSAGE("skipped: may not mount");
        return;
    }
    BOOST_TEST(refusal() == "");
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

/// What a shell makes of `<(…)`, and a file that was handed over as a descriptor.
BOOST_AUTO_TEST_CASE(descriptors) {
    int ends[2];
    BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const tug::os::unique_fd from(ends[0]);
    tug::os::unique_fd to(ends[1]);
    std::thread writer([&] {
        for (const std::string_view part : {"one", "\ntwo"}) {
            BOOST_REQUIRE(::write(to.get(), part.data(), part.size()) == static_cast<ssize_t>(part.size()));
        }
        to.reset();
    });
    const auto piped = read_private_file("/dev/fd/" + std::to_string(from.get()), errc::bad_key_file);
    writer.join();
    BOOST_REQUIRE(piped.has_value());
    BOOST_TEST(piped->view() == "one\ntwo");

    const tug::os::unique_fd open(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    const auto reopened = read_private_file("/dev/fd/" + std::to_string(open.get()), errc::bad_key_file);
    BOOST_REQUIRE(reopened.has_value());
    BOOST_TEST(reopened->view() == "one\ntwo");
}

BOOST_AUTO_TEST_CASE(what_is_no_file) {
    BOOST_REQUIRE(::unlink(file.c_str()) == 0);
    BOOST_TEST(refusal() == "cannot be read: No such file or directory");
    BOOST_REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
    BOOST_TEST(refusal() == "is no regular file"); // and it does not wait for a writer
    BOOST_REQUIRE(::unlink(file.c_str()) == 0);
    BOOST_REQUIRE(::mkdir(file.c_str(), 0700) == 0);
    BOOST_TEST(refusal() == "is no regular file");
}

BOOST_AUTO_TEST_SUITE_END()
