#include "tug/os/file_copy.hpp"

#include "scratch.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>

namespace {

using namespace tug::os;
using namespace tug::os::test;

template <class T>
std::string outcome(const tug::proto::result<T>& r) {
    return r ? "done" : std::string(name_of(r.error().code));
}

tug::proto::result<file_copy> begin(const root& files, std::string_view from, std::string_view to,
                                    staged_options how = {.durable = false}) {
    auto source = files.open_read(from);
    if (!source) return source.error();
    auto target = files.open_parent(to, false, how.durable, last_link::followed);
    if (!target) return target.error();
    return file_copy::begin(std::move(*source), std::move(*target), how);
}

tug::proto::result<void> copy(const root& files, std::string_view from, std::string_view to,
                              staged_options how = {.durable = false}) {
    auto made = begin(files, from, to, how);
    if (!made) return made.error();
    for (;;) {
        const auto over = made->step();
        if (!over) return over.error();
        if (*over) return made->commit();
    }
}

std::int64_t blocks_of(const fs::path& path) {
    struct stat st{};
    BOOST_REQUIRE(::stat(path.c_str(), &st) == 0);
    return st.st_blocks;
}

struct fixture {
    scratch s;
    fs::path in = s.inside;
    std::string text = std::string(3'000'000, 'x') + "end";

    fixture() {
        write_file(in / "f", text);
        ::chmod((in / "f").c_str(), 0640);
        fs::create_directory(in / "d");
        write_file(s.outside / "secret", "secret");
        fs::create_symlink("../outside", in / "out");
    }

    ~fixture() { BOOST_TEST(read_file(s.outside / "secret") == "secret"); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(file_copy_test, fixture)

BOOST_AUTO_TEST_CASE(a_new_file_and_one_that_is_there) {
    const auto files = s.open();
    const timespec times[2] = {{1, 0}, {-5, 7}};
    BOOST_REQUIRE(::utimensat(AT_FDCWD, (in / "f").c_str(), times, 0) == 0);
    BOOST_TEST(outcome(copy(files, "f", "d/new")) == "done");
    BOOST_TEST((read_file(in / "d/new") == text));
    BOOST_TEST(mode_of(in / "d/new") == 0640U);
    struct stat st{};
    BOOST_REQUIRE(::stat((in / "d/new").c_str(), &st) == 0);
    BOOST_TEST(st.st_mtim.tv_sec == -5);
    BOOST_TEST(st.st_mtim.tv_nsec == 7);
    write_file(in / "there", "old");
    ::chmod((in / "there").c_str(), 0600);
    BOOST_TEST(outcome(copy(files, "f", "there", {.durable = true})) == "done");
    BOOST_TEST((read_file(in / "there") == text));
    BOOST_TEST(mode_of(in / "there") == 0600U); // as with a put
    BOOST_TEST(outcome(copy(files, "f", "there", {.durable = false, .overwrite = false})) == "already_exists");
    BOOST_TEST(outcome(copy(files, "f", "f")) == "done");
    BOOST_TEST((read_file(in / "f") == text));
}

BOOST_AUTO_TEST_CASE(what_is_no_file) {
    const auto files = s.open();
    BOOST_REQUIRE(::mkfifo((in / "fifo").c_str(), 0600) == 0);
    BOOST_TEST(outcome(copy(files, "d", "x")) == "is_directory");
    BOOST_TEST(outcome(copy(files, "fifo", "x")) == "not_a_regular_file");
    BOOST_TEST(outcome(copy(files, "f", "fifo")) == "not_a_regular_file");
    BOOST_TEST(outcome(copy(files, "f", "d")) == "is_directory");
    BOOST_TEST(outcome(copy(files, "out/secret", "x")) == "not_found");
    BOOST_TEST(outcome(copy(files, "f", "out/x")) == "not_found");
    BOOST_TEST(outcome(copy(files, "f", "../x")) == "path_denied");
}

BOOST_AUTO_TEST_CASE(holes_stay_holes) {
    constexpr std::uint64_t size = 64UL * 1024 * 1024;
    write_file(in / "sparse", "begin");
    BOOST_REQUIRE(::truncate((in / "sparse").c_str(), size) == 0);
    const int fd = ::open((in / "sparse").c_str(), O_WRONLY | O_CLOEXEC);
    BOOST_REQUIRE(::pwrite(fd, "middle", 6, size / 2) == 6);
    ::close(fd);
    BOOST_TEST(outcome(copy(s.open(), "sparse", "copy")) == "done");
    BOOST_TEST(fs::file_size(in / "copy") == size);
    BOOST_TEST(blocks_of(in / "copy") * 512 < 4'000'000);
    const auto came = read_file(in / "copy");
    BOOST_TEST(came.substr(0, 5) == "begin");
    BOOST_TEST(came.substr(size / 2, 6) == "middle");
    BOOST_REQUIRE(::truncate((in / "f").c_str(), 0) == 0);
    BOOST_TEST(outcome(copy(s.open(), "f", "copy")) == "done");
    BOOST_TEST(fs::file_size(in / "copy") == 0U);
}

BOOST_AUTO_TEST_CASE(a_file_of_proc) {
    auto opened = root::open("/proc/self");
    BOOST_REQUIRE(opened.has_value());
    auto source = opened->open_read("cmdline");
    auto target = s.open().open_parent("copy", false, false);
    auto made = file_copy::begin(std::move(*source), std::move(*target), {.durable = false});
    BOOST_REQUIRE(made.has_value());
    for (bool over = false; !over;) over = made->step().value();
    BOOST_TEST(outcome(made->commit()) == "done");
    BOOST_TEST(read_file(in / "copy") == read_file("/proc/self/cmdline"));
}

BOOST_AUTO_TEST_CASE(a_source_that_is_cut_and_a_copy_that_is_left) {
    const auto files = s.open();
    auto cut = begin(files, "f", "copy");
    BOOST_REQUIRE(::truncate((in / "f").c_str(), 100) == 0);
    std::string ended = "done";
    for (bool over = false; !over && ended == "done";) {
        const auto step = cut->step();
        ended = outcome(step);
        over = step && *step;
    }
    if (ended == "done") ended = outcome(cut->commit()); // where all of it was shared at once
    BOOST_TEST(ended == "io_error");
    {
        const auto left = begin(files, "f", "copy");
        BOOST_TEST(left.has_value());
    }
    BOOST_TEST(!fs::exists(in / "copy"));
    for (const auto& name : entries(in)) BOOST_TEST(!name.starts_with(".tug-"));
}

/// A directory of either path is now itself, now a symlink that leads outside.
BOOST_AUTO_TEST_CASE(nothing_outside_is_read_or_made) {
    write_file(in / "d/f", "inside");
    write_file(in / "small", "small");
    fs::create_symlink(s.outside, s.base / "link");
    write_file(s.outside / "f", "outside");
    with_each_resolver([&](resolver how) {
        const auto files = s.open(how);
        std::atomic<bool> over = false;
        std::thread swapper([&] {
            while (!over)
                ::renameat2(AT_FDCWD, (in / "d").c_str(), AT_FDCWD, (s.base / "link").c_str(), RENAME_EXCHANGE);
        });
        int copied = 0;
        for (int i = 0; i < 50'000 && (i < 3'000 || copied == 0); ++i) {
            if (copy(files, "d/f", "read")) {
                ++copied;
                BOOST_TEST(read_file(in / "read") == "inside");
            }
            static_cast<void>(copy(files, "small", "d/made"));
        }
        over = true;
        swapper.join();
        BOOST_TEST(copied > 0);
        BOOST_TEST(!fs::exists(s.outside / "made"));
        if (fs::is_symlink(in / "d"))
            ::renameat2(AT_FDCWD, (in / "d").c_str(), AT_FDCWD, (s.base / "link").c_str(), RENAME_EXCHANGE);
    });
}

BOOST_AUTO_TEST_SUITE_END()
