#include "files/stale.hpp"

#include "../../os/scratch.hpp"

#include <tug/os/partial_file.hpp>
#include <tug/os/temporary_name.hpp>

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

namespace {

using namespace tug::service;
using namespace tug::os::test;
using namespace tug::os;

unique_fd open_directory(const fs::path& path) {
    return unique_fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

const std::string leftover = ".tug-0123456789abcdef.tmp";

BOOST_AUTO_TEST_SUITE(stale_test)

BOOST_AUTO_TEST_CASE(leftovers_go_and_nothing_else) {
    const scratch s;
    const std::vector<std::string> stay{"f", ".tug-0123456789ABCDEF.tmp", ".tug-0123456789abcde.tmp", "x" + leftover,
                                        leftover + "x"};
    for (const auto& name : stay) write_file(s.inside / name, "theirs");
    fs::create_directory(s.inside / temporary_name(1));
    fs::create_symlink("f", s.inside / temporary_name(2));
    BOOST_TEST_REQUIRE(::mkfifo((s.inside / temporary_name(3)).c_str(), 0600) == 0);
    write_file(s.inside / leftover, "ours");
    write_file(s.inside / temporary_name(4), "ours");

    BOOST_TEST(remove_stale_temporaries(open_directory(s.inside).get()).removed == 2U);
    BOOST_TEST(entries(s.inside).size() == stay.size() + 3);
    BOOST_TEST(!fs::exists(s.inside / leftover));
    BOOST_TEST(read_file(s.inside / "f") == "theirs");
}

/// What can be gone on with is kept for a while; the oldest of too many go, and none that is written.
BOOST_AUTO_TEST_CASE(interrupted_puts_are_kept_for_a_while) {
    const scratch s;
    const auto directory = open_directory(s.inside);
    const auto young = fs::file_time_type::clock::now();
    const auto kept = [&](unsigned number, std::chrono::minutes age) {
        const auto path = s.inside / partial_name({std::to_string(number)});
        write_file(path, "x");
        fs::last_write_time(path, young - age);
        return path;
    };
    const auto old = kept(1, std::chrono::minutes(61));
    const auto written = kept(2, std::chrono::minutes(62));
    const unique_fd writer(::open(written.c_str(), O_WRONLY | O_CLOEXEC));
    BOOST_TEST_REQUIRE(::flock(writer.get(), LOCK_EX) == 0);
    const auto fresh = kept(3, std::chrono::minutes(59));
    BOOST_TEST(remove_stale_temporaries(directory.get(), std::chrono::hours(1)).removed == 1U);
    BOOST_TEST((!fs::exists(old) && fs::exists(written) && fs::exists(fresh)));
    for (unsigned number = 10; number < 10 + max_kept_partials; ++number) kept(number, std::chrono::minutes(1));
    BOOST_TEST(remove_stale_temporaries(directory.get(), std::chrono::hours(1)).removed == 1U);
    BOOST_TEST((!fs::exists(fresh) && fs::exists(written)));
}

BOOST_AUTO_TEST_CASE(what_others_own_stays) {
    const scratch s;
    write_file(s.inside / leftover, "theirs");
    if (::geteuid() == 0) {
        BOOST_TEST_REQUIRE(::chown((s.inside / leftover).c_str(), plain_user::nobody, 0) == 0);
        BOOST_TEST(!remove_if_stale(open_directory(s.inside).get(), leftover));
        BOOST_TEST(fs::exists(s.inside / leftover));
    }
    fs::permissions(s.inside, fs::perms(0777));
    const plain_user nobody;
    BOOST_TEST(remove_if_stale(open_directory(s.inside).get(), leftover)); // to its owner it is a leftover
}

BOOST_AUTO_TEST_CASE(modes_do_not_protect_a_leftover) {
    const scratch s;
    fs::permissions(s.inside, fs::perms(0777));
    const plain_user nobody;
    const auto directory = open_directory(s.inside);
    for (const auto mode : {0444, 0200, 0755}) {
        write_file(s.inside / leftover, "ours");
        fs::permissions(s.inside / leftover, fs::perms(mode));
        BOOST_TEST(remove_if_stale(directory.get(), leftover));
    }
}

BOOST_AUTO_TEST_CASE(a_locked_one_stays) {
    const scratch s;
    write_file(s.inside / leftover, "in use");
    const auto directory = open_directory(s.inside);
    unique_fd writer(::open((s.inside / leftover).c_str(), O_WRONLY | O_CLOEXEC));
    BOOST_TEST_REQUIRE(::flock(writer.get(), LOCK_EX) == 0);
    BOOST_TEST(!remove_if_stale(directory.get(), leftover));
    BOOST_TEST(fs::exists(s.inside / leftover));
    writer.reset();
    BOOST_TEST(remove_if_stale(directory.get(), leftover));
}

BOOST_AUTO_TEST_CASE(a_put_under_way_is_not_disturbed) {
    const scratch s;
    auto staged = stage(*s.open().open_parent("f", false, false), {}, staging::named);
    BOOST_TEST_REQUIRE(staged.has_value());
    BOOST_TEST(remove_stale_temporaries(open_directory(s.inside).get()).removed == 0U);
    BOOST_TEST_REQUIRE(staged->commit().has_value());
    BOOST_TEST(fs::exists(s.inside / "f"));
}

BOOST_AUTO_TEST_CASE(a_killed_writer_leaves_one_that_goes) {
    const scratch s;
    const auto child = ::fork();
    if (child == 0) {
        const auto staged = stage(*s.open().open_parent("f", false, false), {}, staging::named);
        ::raise(SIGKILL);
    }
    int status = 0;
    BOOST_TEST_REQUIRE(::waitpid(child, &status, 0) == child);
    BOOST_TEST_REQUIRE(WIFSIGNALED(status));
    BOOST_TEST_REQUIRE(entries(s.inside).size() == 1U);
    BOOST_TEST(is_temporary_name(entries(s.inside).front()));
    stale_sweeper sweeper;
    sweeper.before_put(open_directory(s.inside).get());
    BOOST_TEST(entries(s.inside).empty());
}

BOOST_AUTO_TEST_CASE(the_first_put_sweeps_each_directory) {
    const scratch s;
    stale_sweeper sweeper;
    for (const auto& directory : {s.inside, s.outside}) {
        write_file(directory / leftover, "ours");
        sweeper.before_put(open_directory(directory).get());
        BOOST_TEST(fs::is_empty(directory));
    }
}

BOOST_AUTO_TEST_CASE(later_puts_sweep_again) {
    const scratch s;
    stale_sweeper sweeper;
    const auto directory = open_directory(s.inside);
    sweeper.before_put(directory.get());
    write_file(s.inside / leftover, "ours");
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(12); // past the longest pause
    while (!fs::is_empty(s.inside) && std::chrono::steady_clock::now() < deadline) sweeper.before_put(directory.get());
    BOOST_TEST(fs::is_empty(s.inside));
}

/// Not only once some time has passed, which a scan on a busy machine makes long, but after so many puts.
BOOST_AUTO_TEST_CASE(puts_that_never_pause_sweep_too) {
    const scratch s;
    constexpr int others = 2000;
    for (int i = 0; i < others; ++i) write_file(s.inside / std::to_string(i), "");
    stale_sweeper sweeper;
    const auto directory = open_directory(s.inside);
    sweeper.before_put(directory.get());
    write_file(s.inside / leftover, "ours");
    for (int put = 0; put <= 64 + (others + 2) / 4; ++put) sweeper.before_put(directory.get());
    BOOST_TEST(!fs::exists(s.inside / leftover));
}

BOOST_AUTO_TEST_CASE(puts_in_quick_succession_do_not_scan_each_time) {
    const scratch s;
    for (int i = 0; i < 2000; ++i) write_file(s.inside / std::to_string(i), "");
    stale_sweeper sweeper;
    const auto directory = open_directory(s.inside);
    const auto start = std::chrono::steady_clock::now();
    remove_stale_temporaries(directory.get());
    const auto one_scan = std::chrono::steady_clock::now() - start;
    for (int i = 0; i < 1000; ++i) sweeper.before_put(directory.get());
    BOOST_TEST((std::chrono::steady_clock::now() - start < 500 * one_scan));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
