#include "server/line_writer.hpp"

#include "support/proc.hpp"
#include "support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace {

using namespace tug::test;
using tug::os::unique_fd;
using tug::service::line_writer;

std::unique_ptr<line_writer> writer(const std::string& path) {
    auto made = line_writer::open(path);
    return std::move(made.value());
}

struct in_a_directory : temp_dir {
    std::string file = *this / "audit";

    [[nodiscard]] bool has(const std::string& path, std::string_view text) const {
        return eventually([&] { return read_file(path).find(text) != std::string::npos; });
    }
};

/// The sum of the lost lines that `text` tells of.
std::uint64_t told_as_lost(std::string_view text) {
    constexpr std::string_view start = R"({"event":"lost","lines":)";
    std::uint64_t sum = 0;
    for (auto at = text.find(start); at != std::string_view::npos; at = text.find(start, at)) {
        at += start.size();
        const auto end = text.find("}\n", at);
        if (end != std::string_view::npos) sum += std::stoull(std::string(text.substr(at, end - at)));
    }
    return sum;
}

BOOST_FIXTURE_TEST_SUITE(line_writer_test, in_a_directory)

BOOST_AUTO_TEST_CASE(lines_in_their_order) {
    std::string expected;
    {
        const auto w = writer(file);
        for (int i = 0; i < 10000; ++i) {
            w->add("line " + std::to_string(i));
            expected += "line " + std::to_string(i) + "\n";
        }
        BOOST_TEST(w->lost() == 0U);
    }
    BOOST_TEST((read_file(file) == expected)); // its end waits for what was added
    struct stat st{};
    BOOST_TEST(::stat(file.c_str(), &st) == 0);
    BOOST_TEST((st.st_mode & 0777U) == 0600U);
    writer(file)->add("more");
    BOOST_TEST((read_file(file) == expected + "more\n"));
}

BOOST_AUTO_TEST_CASE(after_a_rotation) {
    const auto w = writer(file);
    w->add("before");
    BOOST_TEST(has(file, "before\n"));
    std::filesystem::rename(file, file + ".1");
    w->add("still there");
    BOOST_TEST(has(file + ".1", "still there\n"));
    const auto reopened = w->reopen();
    BOOST_TEST((reopened && *reopened));
    w->add("after");
    BOOST_TEST(has(file, "after\n"));
    BOOST_TEST(read_file(file) == "after\n");
    std::filesystem::rename(file, file + ".2");
    std::filesystem::create_directory(file);
    BOOST_TEST(!w->reopen().has_value());
    w->add("in the old one");
    BOOST_TEST(has(file + ".2", "in the old one\n"));
    const auto stream = writer("stderr")->reopen(); // there is nothing to open
    BOOST_TEST((stream && !*stream));
}

BOOST_AUTO_TEST_CASE(what_is_not_opened) {
    std::filesystem::create_symlink(*this / "elsewhere", file);
    BOOST_TEST(line_writer::open(file).error().message.find("symlink") != std::string::npos);
    BOOST_TEST(!std::filesystem::exists(*this / "elsewhere"));
    BOOST_TEST((line_writer::open(path().string()).error().os_error == "EISDIR"));
    BOOST_TEST((line_writer::open(*this / "no/file").error().os_error == "ENOENT"));
    BOOST_REQUIRE(::mkfifo((*this / "fifo").c_str(), 0600) == 0);
    BOOST_TEST((line_writer::open(*this / "fifo").error().os_error == "ENXIO")); // and it does not wait
}

BOOST_AUTO_TEST_CASE(a_disk_that_is_full) {
    const auto w = writer("/dev/full");
    w->add("one");
    w->add("two");
    BOOST_TEST(eventually([&] { return w->lost() == 2; }));
}

/// A thread that adds a line does not wait for a reader; what is lost is told as soon as there is one.
BOOST_AUTO_TEST_CASE(a_reader_that_stalls) {
    const auto fifo = *this / "fifo";
    BOOST_REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    const unique_fd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    BOOST_REQUIRE(reader.get() >= 0);
    const auto w = writer(fifo);
    const std::string line(1000, 'x');
    const std::size_t lines = line_writer::most_waiting / line.size() + 1000;
    for (std::size_t i = 0; i < lines; ++i) w->add(line);
    const auto lost = w->lost();
    BOOST_TEST(lost > 0U);
    // In one line or, where the pipe still had room when the first were lost, in several.
    std::string seen;
    BOOST_TEST(eventually([&] {
        std::string piece(65536, '\0');
        const auto n = ::read(reader.get(), piece.data(), piece.size());
        if (n > 0) seen.append(piece, 0, static_cast<std::size_t>(n));
        return told_as_lost(seen) == lost;
    }));
    BOOST_TEST(w->lost() == lost);
}

/// Nor does the end, for long.
BOOST_AUTO_TEST_CASE(an_end_without_a_reader) {
    const auto fifo = *this / "fifo";
    BOOST_REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    const unique_fd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    const auto begin = std::chrono::steady_clock::now();
    {
        const auto w = writer(fifo);
        for (int i = 0; i < 1000; ++i) w->add(std::string(1000, 'x'));
    }
    BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(10)));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
