#include "file_reader.hpp"
#include "file_writer.hpp"

#include "support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <iterator>
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
        file_writer file(dir / "a", digest_kind::xxh3_128, how);
        BOOST_TEST(file.open().has_value());
        BOOST_TEST(file.write(pieces_of("text")).has_value());
        BOOST_TEST(!std::filesystem::exists(dir / "a"));
        file.set_attributes(0400, 5'000'000'001);
        BOOST_TEST(file.commit(true).has_value());
        BOOST_TEST(read_file(dir / "a") == "text");
        struct stat st{};
        BOOST_REQUIRE(::stat((dir / "a").c_str(), &st) == 0);
        BOOST_TEST((st.st_mode & 0777U) == 0400U);
        BOOST_TEST(st.st_mtim.tv_sec == 5);
        BOOST_TEST(st.st_mtim.tv_nsec == 1);
    }
}

BOOST_AUTO_TEST_CASE(an_empty_file_needs_no_write) {
    for (const auto how : both) {
        const temp_dir dir;
        file_writer file(dir / "a", digest_kind::none, how);
        BOOST_TEST(file.commit(false).has_value());
        BOOST_TEST(read_file(dir / "a").empty());
    }
}

BOOST_AUTO_TEST_CASE(the_umask_counts) {
    for (const auto how : both) {
        const temp_dir dir;
        file_writer file(dir / "a", digest_kind::none, how);
        file.set_attributes(0777, 0);
        const auto before = ::umask(027);
        const bool done = file.commit(false).has_value();
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
        file_writer file(dir / "a", digest_kind::none, how);
        BOOST_TEST(file.write(pieces_of("new")).has_value());
        BOOST_TEST(read_file(dir / "a") == "old");
        BOOST_TEST(file.commit(false).has_value());
        BOOST_TEST(read_file(dir / "a") == "new");
        BOOST_TEST(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
    }
}

BOOST_AUTO_TEST_CASE(a_directory_that_cannot_be_synced) {
    for (const auto how : both) {
        const temp_dir dir;
        write_file(dir / "a", "old");
        file_writer file(dir / "a", digest_kind::none, how);
        BOOST_TEST(file.write(pieces_of("new")).has_value());
        directories_fail = true;
        const auto done = file.commit(true);
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
        file_writer file(dir / "a", digest_kind::none, how);
        BOOST_TEST(file.open().has_value());
        BOOST_TEST(file.write(pieces_of("text")).has_value());
        BOOST_TEST(is_empty(dir) == (how == staging::automatic));
    }
    BOOST_TEST(is_empty(dir));
}

BOOST_AUTO_TEST_CASE(a_link_is_itself_replaced) {
    for (const auto how : both) {
        const temp_dir dir;
        write_file(dir / "target", "old");
        std::filesystem::create_symlink("target", dir / "link");
        file_writer file(dir / "link", digest_kind::none, how);
        BOOST_TEST(file.open().has_value());
        BOOST_TEST(file.write(pieces_of("new")).has_value());
        BOOST_TEST(file.commit(false).has_value());
        BOOST_TEST(read_file(dir / "target") == "old");
        BOOST_TEST(read_file(dir / "link") == "new");
        BOOST_TEST(!std::filesystem::is_symlink(dir / "link"));
    }
}

BOOST_AUTO_TEST_CASE(targets_that_are_no_files) {
    const temp_dir dir;
    for (const std::string& target :
         {dir.path().string(), dir / "x/", dir / "no/such", std::string("/dev/null"), std::string()}) {
        file_writer file(target, digest_kind::none);
        const auto opened = file.open();
        BOOST_REQUIRE(!opened.has_value());
        BOOST_TEST((opened.error().code == errc::local_io));
    }
    BOOST_TEST(is_empty(dir));
}

BOOST_AUTO_TEST_CASE(reading_in_blocks) {
    const temp_dir dir;
    const std::string text(3'000'000, 'x');
    write_file(dir / "a", text);
    file_reader file(dir / "a", digest_kind::sha256);
    BOOST_TEST(file.open().has_value());
    BOOST_TEST(file.size() == text.size());
    std::string all;
    for (;;) {
        const auto block = file.next_block();
        BOOST_REQUIRE(block.has_value());
        if (block->empty()) break;
        for (const auto& piece : *block) all += piece.text();
    }
    BOOST_TEST((all == text));
    tug::proto::hasher whole(digest_kind::sha256);
    whole.update(std::as_bytes(std::span(text)));
    BOOST_TEST((file.digest() == whole.finish()));
}

BOOST_AUTO_TEST_CASE(a_file_that_changes_its_size) {
    const temp_dir dir;
    for (const std::size_t later : {std::size_t{2'999'999}, std::size_t{3'000'001}, std::size_t{0}}) {
        write_file(dir / "a", std::string(3'000'000, 'x'));
        file_reader file(dir / "a", digest_kind::none);
        BOOST_TEST(file.open().has_value());
        BOOST_TEST(file.next_block().has_value());
        std::filesystem::resize_file(dir / "a", later);
        auto block = file.next_block();
        while (block && !block->empty()) block = file.next_block();
        BOOST_REQUIRE(!block.has_value());
        BOOST_TEST((block.error().code == errc::size_mismatch));
    }
}

BOOST_AUTO_TEST_SUITE_END()
