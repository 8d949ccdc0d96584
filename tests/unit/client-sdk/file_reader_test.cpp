#include "file_reader.hpp"

#include "support/temp_dir.hpp"

#include <tug/proto/limits.hpp>

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <filesystem>
#include <span>
#include <string>

using namespace tug::detail;
using namespace tug::test;
using tug::proto::digest_kind;
using tug::proto::errc;

namespace {

std::string rest_of(file_reader& file) {
    std::string all;
    for (;;) {
        const auto block = file.next_block();
        BOOST_REQUIRE(block.has_value());
        if (block->empty()) return all;
        for (const auto& piece : *block) all += piece.bytes.text();
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(sdk_file_reader)

BOOST_AUTO_TEST_CASE(reading_in_blocks) {
    const temp_dir dir;
    const std::string text(3'000'000, 'x');
    write_file(dir / "a", text);
    file_reader file(dir / "a", digest_kind::sha256);
    BOOST_TEST(file.open().has_value());
    BOOST_TEST((file.size() == text.size()));
    BOOST_TEST((rest_of(file) == text));
    tug::proto::hasher whole(digest_kind::sha256);
    whole.update(std::as_bytes(std::span(text)));
    BOOST_TEST((file.digest() == whole.finish()));
}

BOOST_AUTO_TEST_CASE(files_of_each_size) {
    const temp_dir dir;
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, tug::proto::piece_size, tug::proto::piece_size + 1}) {
        write_file(dir / "a", std::string(size, 'x'));
        file_reader file(dir / "a", digest_kind::none);
        BOOST_TEST(file.open().has_value());
        BOOST_TEST((file.size() == size));
        BOOST_TEST(rest_of(file).size() == size);
    }
}

BOOST_AUTO_TEST_CASE(what_is_appended_is_left_out) {
    const temp_dir dir;
    for (const std::size_t size : {std::size_t{1'000}, std::size_t{3'000'000}}) {
        write_file(dir / "a", std::string(size, 'x'));
        file_reader file(dir / "a", digest_kind::none);
        BOOST_TEST(file.open().has_value());
        std::filesystem::resize_file(dir / "a", size + 1'000'000);
        BOOST_TEST((rest_of(file) == std::string(size, 'x')));
    }
}

BOOST_AUTO_TEST_CASE(a_file_that_becomes_shorter) {
    const temp_dir dir;
    for (const std::size_t later : {std::size_t{2'999'999}, std::size_t{0}}) {
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

/// They say 0, and hold more; what is small enough for one read has its true size then.
BOOST_AUTO_TEST_CASE(files_of_proc) {
    file_reader file("/proc/self/status", digest_kind::none);
    BOOST_TEST(file.open().has_value());
    BOOST_TEST(file.size().value_or(0) > 100U);
    const auto size = file.size();
    BOOST_TEST((rest_of(file).size() == size));
}

/// They say 4096, and hold less.
BOOST_AUTO_TEST_CASE(files_of_sys) {
    const std::string path = "/sys/kernel/mm/transparent_hugepage/enabled";
    const std::string other = "/sys/devices/system/cpu/online";
    const auto& name = std::filesystem::exists(other) ? other : path;
    struct stat st{};
    if (::stat(name.c_str(), &st) != 0 || st.st_size != 4096) {
        BOOST_TEST_MESSAGE("skipped: no such file of /sys");
        return;
    }
    file_reader file(name, digest_kind::none);
    BOOST_TEST(file.open().has_value());
    BOOST_TEST(file.size().value_or(4096) < 4096U);
    BOOST_TEST(rest_of(file) == read_file(name));
}

BOOST_AUTO_TEST_SUITE_END()
