#include "jobs/file_spool.hpp"

#include "support/file_limit.hpp"
#include "support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>

namespace tug::test {

namespace {

using namespace service;
using proto::job_overflow;

constexpr std::uint64_t keep = 1024 * 1024;
constexpr std::size_t piece = 64 * 1024;

/// A spool in a directory of its own.
class in_directory {
public:
    explicit in_directory(job_overflow overflow) {
        BOOST_TEST_REQUIRE(marks.prepare());
        kept.emplace(open("out"), keep, overflow, of_out(), [this] { full = true; });
    }

    [[nodiscard]] os::unique_fd open(const char* name) const {
        return os::unique_fd(::open((dir / name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    }

    [[nodiscard]] file_spool::marks_of of_out() const {
        return {marks, job_marks::mark::out_kept_from, job_marks::mark::out_stalled};
    }

    void write(char c, std::size_t bytes = piece) { kept->append(proto::chunk::copy_of(std::string(bytes, c))); }

    [[nodiscard]] std::string text(std::uint64_t position, std::size_t most) const {
        return std::string(kept->read(position, most).text());
    }

    [[nodiscard]] std::uint64_t stalled() const { return marks.get(job_marks::mark::out_stalled); }

    [[nodiscard]] std::uint64_t on_disk() const {
        struct stat now{};
        BOOST_TEST_REQUIRE(::stat((dir / "out").c_str(), &now) == 0);
        return static_cast<std::uint64_t>(now.st_blocks) * 512;
    }

    temp_dir dir;
    job_marks marks{open("marks")};
    std::optional<file_spool> kept;
    bool full = false;
};

} // namespace

BOOST_AUTO_TEST_SUITE(file_spool_test)

BOOST_AUTO_TEST_CASE(the_oldest_is_punched_out_and_positions_stay) {
    in_directory d(job_overflow::drop);
    for (int n = 0; n < 100; ++n) d.write(static_cast<char>('a' + n % 26));
    BOOST_TEST(d.kept->written() == 100 * piece);
    BOOST_TEST(d.kept->kept_from() >= 100 * piece - keep);
    BOOST_TEST(d.marks.get(job_marks::mark::out_kept_from) == d.kept->kept_from());
    BOOST_TEST(d.on_disk() <= keep + piece);
    for (std::uint64_t n = 90; n < 100; ++n)
        BOOST_TEST(d.text(n * piece, 3) == std::string(3, static_cast<char>('a' + n % 26)));
    BOOST_TEST(d.stalled() == 0U);
    BOOST_TEST(!d.full);
}

BOOST_AUTO_TEST_CASE(a_spool_that_ends_takes_what_it_keeps_and_no_more) {
    in_directory d(job_overflow::end);
    for (int n = 0; n < 20; ++n) d.write('x');
    BOOST_TEST(d.kept->written() == keep);
    BOOST_TEST(d.kept->kept_from() == 0U);
    BOOST_TEST(d.full);
}

BOOST_AUTO_TEST_CASE(a_full_disk_holds_the_writer_and_costs_no_byte) {
    in_directory d(job_overflow::end);
    {
        const file_limit full(piece + 10);
        d.write('a');
        d.write('b');
        BOOST_TEST(d.kept->room() == 0U);
        BOOST_TEST(d.stalled() == static_cast<std::uint64_t>(EFBIG));
    }
    BOOST_TEST(d.kept->room() > 0U);
    BOOST_TEST(d.stalled() == 0U);
    d.write('c');
    BOOST_TEST(d.kept->written() == 3 * piece);
    BOOST_TEST(d.text(piece, piece) == std::string(piece, 'b'));
    BOOST_TEST(d.text(2 * piece, piece) == std::string(piece, 'c'));
}

BOOST_AUTO_TEST_CASE(a_full_disk_drops_and_the_positions_tell) {
    in_directory d(job_overflow::drop);
    {
        const file_limit full(piece + 10);
        d.write('a');
        d.write('b');
        BOOST_TEST(d.kept->room() > 0U);
        BOOST_TEST(d.stalled() == static_cast<std::uint64_t>(EFBIG));
    }
    d.write('c');
    BOOST_TEST(d.stalled() == 0U);
    BOOST_TEST(d.kept->written() == 3 * piece);
    BOOST_TEST(d.kept->kept_from() == 2 * piece);
    BOOST_TEST(d.marks.get(job_marks::mark::out_kept_from) == 2 * piece);
    BOOST_TEST(d.text(2 * piece, piece) == std::string(piece, 'c'));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
