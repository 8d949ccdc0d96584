#include "files/served_root.hpp"

#include "../../os/scratch.hpp"
#include "support/many_descriptors.hpp"
#include "support/mounted.hpp"

namespace {

using namespace tug::service;
using namespace tug::os;
using namespace tug::os::test;
using tug::proto::errc;
using tug::test::mounted;

served_root serve(const fs::path& directory, resolver how = resolver::automatic) {
    auto opened = served_root::open(directory.string(), how);
    BOOST_TEST_REQUIRE(opened.has_value());
    return std::move(*opened);
}

/// What a get of "f" finds at this moment.
std::string content(const served_root& served) {
    const auto now = served.now();
    return now ? content_or_error(**now, "f") : std::string(name_of(now.error().code)) + " " + now.error().os_error;
}

BOOST_AUTO_TEST_SUITE(served_root_test)

BOOST_AUTO_TEST_CASE(what_has_not_changed_stays_open) {
    const scratch s;
    write_file(s.inside / "f", "text");
    const auto served = serve(s.inside);
    BOOST_TEST(content(served) == "text");
    BOOST_TEST(served.now()->get() == served.now()->get());
}

BOOST_AUTO_TEST_CASE(another_directory_by_the_same_name) {
    with_each_resolver([](resolver how) {
        const scratch s;
        write_file(s.inside / "f", "old");
        const auto served = serve(s.inside, how);
        fs::rename(s.inside, s.base / "old");
        BOOST_TEST(content(served) == "io_error ENOENT");
        fs::create_directory(s.inside);
        BOOST_TEST(content(served) == "not_found");
        write_file(s.inside / "f", "new");
        BOOST_TEST(content(served) == "new");
        BOOST_TEST((*served.now())->uses_kernel() == (how == resolver::kernel));
        fs::remove_all(s.inside);
        fs::rename(s.base / "old", s.inside);
        BOOST_TEST(content(served) == "old");
    });
}

BOOST_AUTO_TEST_CASE(removed_and_made_again) {
    const scratch s;
    const auto served = serve(s.inside);
    for (int round = 0; round < 20; ++round) { // no number is given to a new directory while the old one is open
        fs::remove_all(s.inside);
        BOOST_TEST(content(served) == "io_error ENOENT");
        fs::create_directory(s.inside);
        write_file(s.inside / "f", std::to_string(round));
        BOOST_TEST(content(served) == std::to_string(round));
    }
}

BOOST_AUTO_TEST_CASE(want_of_descriptors_says_nothing_of_the_root) {
    const scratch s;
    const auto served = serve(s.inside);
    fs::rename(s.inside, s.base / "old");
    fs::create_directory(s.inside);
    write_file(s.inside / "f", "new");
    const auto without = [&] {
        const tug::test::limited_descriptors none(0);
        return served.now();
    }();
    BOOST_REQUIRE(without.has_error());
    BOOST_TEST((without.error().code == errc::busy));
    BOOST_TEST(without.error().message == "the root directory of tugd cannot be opened now: EMFILE");
    BOOST_TEST(content(served) == "new");
}

BOOST_AUTO_TEST_CASE(a_root_that_is_no_directory_any_more) {
    const scratch s;
    const auto served = serve(s.inside);
    fs::remove_all(s.inside);
    write_file(s.inside, "a file");
    const auto now = served.now();
    BOOST_TEST_REQUIRE(!now.has_value());
    BOOST_TEST((now.error().code == errc::io_error));
    BOOST_TEST(now.error().os_error == "ENOTDIR");
    BOOST_TEST(now.error().message.find(s.base.string()) == std::string::npos); // the host's paths are its own
    BOOST_TEST(now.error().message.find("root directory of tugd") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_symlink_that_leads_elsewhere) {
    const scratch s;
    write_file(s.inside / "f", "one");
    write_file(s.outside / "f", "two");
    fs::create_symlink("inside", s.base / "current");
    const auto served = serve(s.base / "current");
    BOOST_TEST(content(served) == "one");
    fs::remove(s.base / "current");
    fs::create_symlink("outside", s.base / "current");
    BOOST_TEST(content(served) == "two");
}

/// "." is the same directory whatever becomes of its name; a root is what the name stands for.
BOOST_AUTO_TEST_CASE(a_relative_path) {
    const scratch s;
    write_file(s.inside / "f", "old");
    const auto before = fs::current_path();
    fs::current_path(s.inside);
    const auto served = serve(".");
    const auto below = serve("../outside");
    fs::current_path(before);
    BOOST_TEST(content(served) == "old");
    BOOST_TEST(content(below) == "not_found");
    fs::rename(s.inside, s.base / "old");
    BOOST_TEST(content(served) == "io_error ENOENT");
    fs::create_directory(s.inside);
    write_file(s.inside / "f", "new");
    BOOST_TEST(content(served) == "new");
}

BOOST_AUTO_TEST_CASE(mounts_over_the_root) {
    const scratch s;
    write_file(s.inside / "f", "below");
    const auto served = serve(s.inside);
    {
        const auto over = mounted::tmpfs(s.inside);
        if (!over.done()) {
            BOOST_TEST_MESSAGE("skipped: may not mount");
            return;
        }
        BOOST_TEST(content(served) == "not_found");
        write_file(s.inside / "f", "above");
        BOOST_TEST(content(served) == "above");
    }
    BOOST_TEST(content(served) == "below");
    const auto first = *served.now();
    const auto itself = mounted::bind(s.inside, s.inside); // only the mount is another one
    BOOST_TEST(content(served) == "below");
    BOOST_TEST(served.now()->get() != first.get());
}

BOOST_AUTO_TEST_CASE(a_root_that_is_not_there_at_the_start) {
    const scratch s;
    BOOST_TEST((served_root::open((s.base / "none").string()).error().code == errc::not_found));
    BOOST_TEST((served_root::open("").error().code != errc::success));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
