// A user with rights inside the root renames without a pause while the daemon opens: whatever an open then yields,
// it is never anything outside.
#include "scratch.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <thread>

namespace {

using namespace tug::os;
using namespace tug::os::test;

constexpr std::chrono::milliseconds duration{300};
constexpr std::chrono::seconds patience{20};

bool swap(const fs::path& a, const fs::path& b) {
    return ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0;
}

/// Swaps two names as fast as it can while `attempt` is called, for a while, and on a busy machine until at least one
/// attempt got through, which `passed` counts. Returns the number of swaps.
template <class Attempt>
long while_swapping(const fs::path& a, const fs::path& b, const int& passed, Attempt attempt) {
    long swaps = 0;
    std::jthread other([&](const std::stop_token& stop) {
        while (!stop.stop_requested())
            if (swap(a, b)) ++swaps;
    });
    const auto begin = std::chrono::steady_clock::now();
    const auto goes_on = [&] {
        const auto time = std::chrono::steady_clock::now() - begin;
        return time < duration || (passed == 0 && time < patience);
    };
    while (goes_on()) attempt();
    other.request_stop();
    other.join();
    return swaps;
}

BOOST_AUTO_TEST_SUITE(race_test)

BOOST_AUTO_TEST_CASE(a_directory_becomes_a_symlink_to_outside) {
    const scratch s;
    fs::create_directory(s.inside / "d");
    write_file(s.inside / "d/f", "inside");
    write_file(s.outside / "f", "outside");
    write_file(s.base / "f", "outside");
    fs::create_symlink(s.outside, s.inside / "absolute");
    fs::create_symlink("../outside", s.inside / "relative");
    with_each_resolver([&](resolver how) {
        const auto r = s.open(how);
        for (const auto* link : {"absolute", "relative"}) {
            int opened = 0;
            int bad = 0;
            const auto attempt = [&] {
                for (const auto* path : {"d/f", "d/../d/f", "relative/../d/./f"}) {
                    const auto text = content_or_error(r, path);
                    if (text == "inside")
                        ++opened;
                    else if (text != "not_found")
                        ++bad;
                }
            };
            BOOST_TEST(while_swapping(s.inside / "d", s.inside / link, opened, attempt) > 0);
            BOOST_TEST(opened > 0);
            BOOST_TEST(bad == 0);
            if (fs::is_symlink(s.inside / "d")) swap(s.inside / "d", s.inside / link); // for the next round
        }
    });
}

BOOST_AUTO_TEST_CASE(a_directory_is_moved_out_below_a_dot_dot) {
    const scratch s;
    fs::create_directories(s.inside / "a/b/c");
    fs::create_directories(s.outside / "b/c");
    for (const auto& d : {s.inside / "a/b/c", s.outside / "b/c"}) fs::create_symlink("../../../../f", d / "up");
    write_file(s.inside / "f", "inside");
    write_file(s.base / "f", "outside");
    write_file(s.outside / "f", "outside");
    with_each_resolver([&](resolver how) {
        const auto r = s.open(how);
        int opened = 0;
        int bad = 0;
        const auto attempt = [&] {
            for (const auto* path : {"a/b/c/up", "a/b/c/../../../f"}) {
                const auto text = content_or_error(r, path);
                if (text == "inside")
                    ++opened;
                else
                    ++bad; // every name is there at any moment, only which of the two differs
            }
        };
        BOOST_TEST(while_swapping(s.inside / "a/b", s.outside / "b", opened, attempt) > 0);
        BOOST_TEST(opened > 0);
        BOOST_TEST(bad == 0);
    });
}

BOOST_AUTO_TEST_CASE(a_file_becomes_a_fifo_or_a_device) {
    const scratch s;
    write_file(s.inside / "f", "inside");
    BOOST_TEST_REQUIRE(::mkfifo((s.inside / "fifo").c_str(), 0600) == 0);
    with_each_resolver([&](resolver how) {
        const auto r = s.open(how);
        int opened = 0;
        int bad = 0;
        const auto attempt = [&] {
            const auto text = content_or_error(r, "f");
            if (text == "inside")
                ++opened;
            else if (text != "not_a_regular_file")
                ++bad;
        };
        BOOST_TEST(while_swapping(s.inside / "f", s.inside / "fifo", opened, attempt) > 0);
        BOOST_TEST(opened > 0);
        BOOST_TEST(bad == 0);
    });
}

BOOST_AUTO_TEST_CASE(nothing_is_created_outside) {
    const scratch s;
    fs::create_directory(s.inside / "d");
    fs::create_symlink("../outside", s.inside / "link");
    with_each_resolver([&](resolver how) {
        const auto r = s.open(how);
        int stored = 0;
        const auto attempt = [&] {
            auto target = r.open_parent("d/new/f", true, false);
            if (!target) return;
            auto staged = stage(std::move(*target), {.durable = false});
            if (staged && staged->commit()) ++stored;
        };
        BOOST_TEST(while_swapping(s.inside / "d", s.inside / "link", stored, attempt) > 0);
        BOOST_TEST(stored > 0);
        BOOST_TEST(fs::is_empty(s.outside));
    });
}

/// The directories between a link and what it names are moved out and in; then the name itself is now one link, now
/// another.
BOOST_AUTO_TEST_CASE(a_link_at_the_end_creates_nothing_outside) {
    const scratch s;
    fs::create_directories(s.inside / "a/b/c");
    fs::create_directories(s.outside / "b/c");
    for (const auto& d : {s.inside / "a/b/c", s.outside / "b/c"}) fs::create_symlink("../../../../new", d / "up");
    fs::create_symlink("new", s.inside / "link");
    fs::create_symlink(s.outside / "new", s.inside / "out");
    with_each_resolver([&](resolver how) {
        const auto r = s.open(how);
        int stored = 0;
        const auto put = [&](std::string_view path) {
            auto target = r.open_parent(path, false, false, last_link::followed);
            if (!target) return;
            auto staged = stage(std::move(*target), {.durable = false});
            if (staged && staged->commit()) ++stored;
        };
        BOOST_TEST(while_swapping(s.inside / "a/b", s.outside / "b", stored, [&] { put("a/b/c/up"); }) > 0);
        BOOST_TEST(stored > 0);
        stored = 0;
        BOOST_TEST(while_swapping(s.inside / "link", s.inside / "out", stored, [&] { put("link"); }) > 0);
        BOOST_TEST(stored > 0);
        BOOST_TEST(fs::exists(s.inside / "new"));
        for (const auto& path : {s.outside / "new", s.base / "new"}) BOOST_TEST(!fs::exists(path));
        // The name was now the one link and now the other when the rename came.
        fs::remove(s.inside / "link");
        fs::remove(s.inside / "out");
        fs::create_symlink("new", s.inside / "link");
        fs::create_symlink(s.outside / "new", s.inside / "out");
    });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
