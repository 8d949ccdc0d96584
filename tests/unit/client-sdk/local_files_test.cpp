#include "file_writer.hpp"

#include "support/file_limit.hpp"
#include "support/temp_dir.hpp"

#include <tug/os/temporary_name.hpp>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <span>
#include <string>
#include <vector>

using namespace tug::detail;
using namespace tug::test;
using tug::proto::chunk;
using tug::proto::digest_kind;
using tug::proto::errc;

namespace {

bool is_empty(const temp_dir& dir) {
    return std::filesystem::is_empty(dir.path());
}

std::vector<chunk> pieces_of(std::string_view text) {
    std::vector<chunk> out;
    out.push_back(chunk::copy_of(text));
    return out;
}

/// Whether the fsync() below fails for directories.
thread_local bool directories_fail = false;

using tug::os::staging;

constexpr std::array both{staging::automatic, staging::named};

} // namespace

/// In the place of the C library's, also for what is tested: no file system here fails to sync a directory on demand.
extern "C" int fsync(int fd) {
    struct stat st{};
    if (directories_fail && ::fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        errno = EIO;
        return -1;
    }
    return static_cast<int>(::syscall(SYS_fsync, fd));
}

BOOST_AUTO_TEST_SUITE(sdk_local_files)

BOOST_AUTO_TEST_CASE(nothing_is_there_before_commit) {
    for (const auto how : both) {
        const temp_dir dir;
        file_writer file(dir / "a", digest_kind::xxh3_128, true, how);
        BOOST_TEST(file.open().has_value());
        BOOST_TEST(file.write(pieces_of("text")).has_value());
        BOOST_TEST(!std::filesystem::exists(dir / "a"));
        file.set_attributes(0400, 5'000'000'001);
        BOOST_TEST(file.commit().has_value());
        BOOST_TEST(read_file(dir / "a") == "text");
        struct stat st{};
        BOOST_REQUIRE(::stat((dir / "a").c_str(), &st) == 0);
        BOOST_TEST((st.st_mode & 0777U) == 0400U);
        BOOST_TEST(st.st_mtim.tv_sec == 5);
        BOOST_TEST(st.st_mtim.tv_nsec == 1);
    }
}

BOOST_AUTO_TEST_CASE(last_bytes_are_written_with_the_commit) {
    for (const auto how : both) {
        for (const std::string begun : {"", "be"}) {
            const temp_dir dir;
            file_writer file(dir / "a", digest_kind::xxh3_128, false, how);
            if (!begun.empty()) BOOST_TEST(file.write(pieces_of(begun)).has_value());
            file.keep(pieces_of("gun"));
            const auto text = begun + "gun";
            tug::proto::hasher whole(digest_kind::xxh3_128);
            whole.update(std::as_bytes(std::span(text)));
            BOOST_TEST((file.digest() == whole.finish()));
            BOOST_TEST(!std::filesystem::exists(dir / "a"));
            BOOST_TEST(file.commit().has_value());
            BOOST_TEST(read_file(dir / "a") == text);
        }
    }
}

/// As where the disk is full: nothing is left, nor is there anything to go on with.
BOOST_AUTO_TEST_CASE(last_bytes_that_cannot_be_written) {
    const std::string begun(2U << 20U, 'x'); // enough to be kept, were it of use
    for (const auto how : both) {
        const temp_dir dir;
        write_file(dir / "a", "old");
        {
            file_writer file(dir / "a", digest_kind::none, false, how);
            BOOST_TEST(file.resume("token", "remote").has_value());
            BOOST_TEST(file.write(pieces_of(begun)).has_value());
            file.keep(pieces_of("and more"));
            const file_limit limit(begun.size() + 4);
            const auto done = file.commit();
            BOOST_REQUIRE(!done.has_value());
            BOOST_TEST((done.error().code == errc::local_io));
            BOOST_TEST(done.error().os_error == "EFBIG");
        }
        BOOST_TEST(read_file(dir / "a") == "old");
        BOOST_TEST(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
    }
}

BOOST_AUTO_TEST_CASE(an_empty_file_needs_no_write) {
    for (const auto how : both) {
        const temp_dir dir;
        file_writer file(dir / "a", digest_kind::none, false, how);
        BOOST_TEST(file.commit().has_value());
        BOOST_TEST(read_file(dir / "a").empty());
    }
}

BOOST_AUTO_TEST_CASE(the_umask_counts) {
    for (const auto how : both) {
        const temp_dir dir;
        file_writer file(dir / "a", digest_kind::none, false, how);
        file.set_attributes(0777, 0);
        const auto before = ::umask(027);
        const bool done = file.commit().has_value();
        ::umask(before);
        struct stat st{};
        BOOST_TEST(done);
        BOOST_REQUIRE(::stat((dir / "a").c_str(), &st) == 0);
        BOOST_TEST((st.st_mode & 0777U) == 0750U);
    }
}

BOOST_AUTO_TEST_CASE(what_is_there_is_replaced) {
    for (const auto how : both) {
        const temp_dir dir;
        write_file(dir / "a", "old");
        file_writer file(dir / "a", digest_kind::none, false, how);
        BOOST_TEST(file.write(pieces_of("new")).has_value());
        BOOST_TEST(read_file(dir / "a") == "old");
        BOOST_TEST(file.commit().has_value());
        BOOST_TEST(read_file(dir / "a") == "new");
        BOOST_TEST(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
    }
}

BOOST_AUTO_TEST_CASE(a_directory_that_cannot_be_synced) {
    for (const auto how : both) {
        const temp_dir dir;
        write_file(dir / "a", "old");
        file_writer file(dir / "a", digest_kind::none, true, how);
        BOOST_TEST(file.write(pieces_of("new")).has_value());
        directories_fail = true;
        const auto done = file.commit();
        directories_fail = false;
        BOOST_REQUIRE(!done.has_value());
        BOOST_TEST((done.error().code == errc::local_io));
        BOOST_TEST(done.error().os_error == "EIO");
        BOOST_TEST(done.error().stored);
        BOOST_TEST(read_file(dir / "a") == "new");
    }
}

BOOST_AUTO_TEST_CASE(a_writer_that_goes_leaves_nothing) {
    const temp_dir dir;
    for (const auto how : both) {
        file_writer file(dir / "a", digest_kind::none, false, how);
        BOOST_TEST(file.open().has_value());
        BOOST_TEST(file.write(pieces_of("text")).has_value());
        BOOST_TEST(is_empty(dir) == (how == staging::automatic));
    }
    BOOST_TEST(is_empty(dir));
}

BOOST_AUTO_TEST_CASE(links_are_followed) {
    for (const auto how : both) {
        const temp_dir dir;
        std::filesystem::create_directory(dir / "d");
        std::filesystem::create_symlink("d/target", dir / "b");
        std::filesystem::create_symlink(dir / "b", dir / "a");
        for (const bool exists : {false, true}) { // a link that dangles makes the file that it names
            BOOST_TEST(std::filesystem::exists(dir / "d/target") == exists);
            file_writer file(dir / "a", digest_kind::none, false, how);
            BOOST_TEST(file.write(pieces_of(exists ? "newer" : "new")).has_value());
            BOOST_TEST(file.commit().has_value());
            BOOST_TEST(read_file(dir / "d/target") == (exists ? "newer" : "new"));
            BOOST_TEST(std::filesystem::is_symlink(dir / "a"));
            BOOST_TEST(std::filesystem::is_symlink(dir / "b"));
        }
        BOOST_TEST(std::distance(std::filesystem::directory_iterator(dir / "d"), {}) == 1);
    }
}

BOOST_AUTO_TEST_CASE(a_file_that_is_replaced_keeps_its_mode) {
    for (const auto how : both) {
        const temp_dir dir;
        write_file(dir / "a", "old");
        BOOST_REQUIRE(::chmod((dir / "a").c_str(), 0600) == 0);
        file_writer file(dir / "a", digest_kind::none, false, how);
        BOOST_TEST(file.write(pieces_of("new")).has_value());
        file.set_attributes(0644, 0);
        BOOST_TEST(file.commit().has_value());
        struct stat st{};
        BOOST_REQUIRE(::stat((dir / "a").c_str(), &st) == 0);
        BOOST_TEST((st.st_mode & 07777U) == 0600U);
    }
}

/// By the lock a put of tugd into the same directory tells it from a leftover.
BOOST_AUTO_TEST_CASE(a_temporary_is_named_and_locked_as_that_of_tugd) {
    const temp_dir dir;
    file_writer file(dir / "a", digest_kind::none, false, staging::named);
    BOOST_TEST(file.open().has_value());
    const auto name = std::filesystem::directory_iterator(dir.path())->path();
    BOOST_TEST(tug::os::is_temporary_name(name.filename().string()));
    const tug::os::unique_fd other(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
    BOOST_TEST(!tug::os::lock_temporary(other.get()));
}

BOOST_AUTO_TEST_CASE(streams_are_not_replaced) {
    const temp_dir dir;
    BOOST_REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
    for (const std::string& target : {dir / "fifo", std::string("/dev/null"), std::string("/proc/self/fd/1")}) {
        file_writer file(target, digest_kind::none, false);
        const auto opened = file.open();
        BOOST_REQUIRE(!opened.has_value());
        BOOST_TEST((opened.error().code == errc::local_io));
        BOOST_TEST(opened.error().message.ends_with("is a stream or a device, and no file to be replaced"));
    }
    BOOST_TEST(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
}

BOOST_AUTO_TEST_CASE(links_that_may_not_be_followed) {
    const temp_dir dir;
    std::filesystem::create_symlink("loop", dir / "loop");
    file_writer file(dir / "loop", digest_kind::none, false);
    const auto opened = file.open();
    BOOST_REQUIRE(!opened.has_value());
    BOOST_TEST(opened.error().os_error == "ELOOP");
    BOOST_TEST(std::filesystem::is_symlink(dir / "loop"));
}

BOOST_AUTO_TEST_CASE(targets_that_are_no_files) {
    const temp_dir dir;
    for (const std::string& target : {dir.path().string(), dir / ".", dir / "x/", dir / "no/such", std::string()}) {
        file_writer file(target, digest_kind::none, false);
        const auto opened = file.open();
        BOOST_REQUIRE(!opened.has_value());
        BOOST_TEST((opened.error().code == errc::local_io));
    }
    BOOST_TEST(is_empty(dir));
}

BOOST_AUTO_TEST_SUITE_END()
