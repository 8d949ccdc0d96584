#include "support/cli_checks.hpp"
#include "support/terminal.hpp"
#include "support/tugd_process.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <set>
#include <string>

using namespace tug::test;
namespace fs = std::filesystem;

namespace {

std::string pattern(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 2654435761U) >> 13);
    return bytes;
}

std::set<std::string> names_in(const fs::path& directory) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory)) names.insert(entry.path().filename().string());
    return names;
}

struct stat status_of(const std::string& path) {
    struct stat status{};
    BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
    return status;
}

const std::array<std::size_t, 4> sizes{0, 1, 65537, 5 * 1024 * 1024};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cli_files, tugd_fixture)

BOOST_AUTO_TEST_CASE(files_go_there_and_back) {
    for (const auto size : sizes) {
        const auto bytes = pattern(size);
        write_file(local / "in", bytes);
        const auto put = tug({"put", "-v", local / "in", ":file"});
        BOOST_TEST(put.exit_code == 0, put.err);
        BOOST_TEST(put.out.empty());
        BOOST_TEST(contains(put.err, std::to_string(size) + " bytes"), put.err);
        BOOST_TEST(contains(put.err, "xxh3-128 digest matched"), put.err);
        BOOST_TEST((read_file(in_root("file")) == bytes));
        const auto get = tug({"get", "--verbose", ":file", local / "out"});
        BOOST_TEST(get.exit_code == 0, get.err);
        BOOST_TEST(contains(get.err, "digest matched"), get.err);
        BOOST_TEST((read_file(local / "out") == bytes));
    }
}

BOOST_AUTO_TEST_CASE(the_standard_streams_carry_plain_bytes) {
    for (const auto size : sizes) {
        const auto bytes = pattern(size);
        BOOST_TEST(tug({"put", "-", ":file"}, bytes).exit_code == 0);
        BOOST_TEST((read_file(in_root("file")) == bytes));
        check_output(tug({"get", ":file", "-"}), bytes);
    }
}

BOOST_AUTO_TEST_CASE(no_bar_off_a_terminal_and_quiet_is_quiet) {
    write_file(local / "in", pattern(1'000'000));
    const auto put = tug({"put", local / "in", ":file"});
    BOOST_TEST(put.err == ""); // no summary either, unless it is asked for
    const auto told = tug({"put", "-v", local / "in", ":file"});
    BOOST_TEST(!contains(told.err, "\r"));
    BOOST_TEST(!contains(told.err, "\x1b"));
    BOOST_TEST(tug({"put", "-q", local / "in", ":file"}).err.empty());
    BOOST_TEST(tug({"get", "--quiet", ":file", local / "out"}).err.empty());
}

BOOST_AUTO_TEST_CASE(a_bar_on_a_terminal) {
    write_file(local / "in", pattern(5 * 1024 * 1024));
    terminal shown;
    auto p = start_tug({"put", local / "in", ":file"}, {}, {.err = shown.inner()});
    shown.close_inner();
    const auto& screen = shown.rest();
    BOOST_TEST(p.wait() == 0);
    BOOST_TEST(contains(screen, "["), screen);
    BOOST_TEST(contains(screen, "of 5.0 MiB"), screen);
    BOOST_TEST(contains(screen, "/s"), screen);
    BOOST_TEST(contains(screen, "digest matched"), screen);
}

BOOST_AUTO_TEST_CASE(mode_and_time_go_along) {
    write_file(local / "in", "x");
    BOOST_REQUIRE(::chmod((local / "in").c_str(), 0764) == 0);
    const std::array<timespec, 2> times{timespec{1'000'000'000, 0}, timespec{1'234'567'890, 123'456'789}};
    BOOST_REQUIRE(::utimensat(AT_FDCWD, (local / "in").c_str(), times.data(), 0) == 0);
    BOOST_TEST(tug({"put", local / "in", ":file"}).exit_code == 0);
    const auto there = status_of(in_root("file"));
    BOOST_TEST((there.st_mode & 07777U) == 0764U);
    BOOST_TEST(there.st_mtim.tv_sec == 1'234'567'890);
    BOOST_TEST(there.st_mtim.tv_nsec == 123'456'789);
    const auto old = ::umask(027);
    const auto got = tug({"get", ":file", local / "out"});
    ::umask(old);
    BOOST_TEST(got.exit_code == 0);
    const auto here = status_of(local / "out");
    BOOST_TEST((here.st_mode & 07777U) == 0740U); // less the umask
    BOOST_TEST(here.st_mtim.tv_sec == 1'234'567'890);
    BOOST_TEST(here.st_mtim.tv_nsec == 123'456'789);
    BOOST_TEST(tug({"put", local / "in", ":other", "--mode", "0600"}).exit_code == 0);
    BOOST_TEST((status_of(in_root("other")).st_mode & 07777U) == 0600U);
    BOOST_TEST(tug({"put", "-", ":piped"}, "x").exit_code == 0);
    BOOST_TEST((status_of(in_root("piped")).st_mode & 07777U) == 0644U);
}

BOOST_AUTO_TEST_CASE(a_failed_get_leaves_no_file) {
    const auto before = names_in(local.path());
    check_failed(tug({"get", ":nowhere", local / "out"}), 1, "not_found");
    fs::create_directory(in_root("dir"));
    check_failed(tug({"get", ":dir", "-"}), 1, "is_directory");
    check_failed(tug({"get", ":../keys", local / "out"}), 1, "path_denied");
    BOOST_TEST((names_in(local.path()) == before));
    write_file(local / "old", "old");
    check_failed(tug({"get", ":nowhere", local / "old"}), 1, "not_found");
    BOOST_TEST(read_file(local / "old") == "old");
    write_file(in_root("file"), "new");
    check_failed(tug({"get", ":file", local / "no/dir"}), 1, "local_io");
}

BOOST_AUTO_TEST_CASE(a_failed_put_leaves_the_target) {
    write_file(in_root("file"), "old");
    check_failed(tug({"put", local / "nowhere", ":file"}), 1, "local_io");
    check_failed(tug({"put", local.path().string(), ":file"}), 1, "already_exists");
    BOOST_TEST(read_file(in_root("file")) == "old");
    check_failed(tug({"put", "-", ":file", "--no-overwrite"}, "new"), 1, "already_exists");
    check_failed(tug({"put", "-", ":dir/file"}, "new"), 1, "not_found");
    BOOST_TEST((names_in(in_root("")) == std::set<std::string>{"file"}));
}

BOOST_AUTO_TEST_CASE(the_other_flags) {
    BOOST_TEST(tug({"put", "-", ":a/b/c", "--make-parents", "--no-durable"}, "deep").exit_code == 0);
    BOOST_TEST(read_file(in_root("a/b/c")) == "deep");
    const auto put = tug({"put", "-", ":file", "--sha256", "-v"}, "0123456789");
    BOOST_TEST(contains(put.err, "sha256 digest matched"), put.err);
    check_output(tug({"get", ":file", "-", "--offset", "3", "--length", "4"}), "3456");
    check_output(tug({"get", ":file", "-", "--offset", "8"}), "89");
    check_failed(tug({"get", ":file", "-", "--offset", "11"}), 1, "range_invalid");
    BOOST_TEST(contains(tug({"get", "-v", ":file", "-", "--sha256"}).err, "sha256 digest matched"));
}

BOOST_AUTO_TEST_CASE(a_directory_takes_the_name_along) {
    write_file(in_root("file"), "text");
    BOOST_TEST(tug({"get", ":file", local.path().string()}).exit_code == 0);
    BOOST_TEST(read_file(local / "file") == "text");
}

BOOST_AUTO_TEST_CASE(streams_and_symlinks_are_not_replaced) {
    write_file(in_root("file"), "text");
    BOOST_TEST(tug({"get", ":file", "/dev/null"}).exit_code == 0);
    BOOST_TEST(S_ISCHR(status_of("/dev/null").st_mode));
    write_file(local / "real", "old");
    fs::create_symlink("real", local / "link");
    BOOST_TEST(tug({"get", ":file", local / "link"}).exit_code == 0);
    BOOST_TEST(fs::is_symlink(local / "link"));
    BOOST_TEST(read_file(local / "real") == "text");
    check_output(tug({"get", "-q", ":file", "/dev/stdout"}), "text");
    BOOST_TEST(tug({"put", "/dev/stdin", ":piped"}, "from a pipe").exit_code == 0);
    BOOST_TEST(read_file(in_root("piped")) == "from a pipe");
}

BOOST_AUTO_TEST_CASE(a_link_that_dangles_is_followed) {
    write_file(in_root("file"), "text");
    fs::create_directory(local / "d");
    fs::create_symlink("d/real", local / "link");
    BOOST_TEST(tug({"get", ":file", local / "link"}).exit_code == 0);
    BOOST_TEST(fs::is_symlink(local / "link"));
    BOOST_TEST(read_file(local / "d/real") == "text");
}

/// A script whose output is redirected to a file writes before and after it.
BOOST_AUTO_TEST_CASE(a_redirected_stdout_is_written_where_it_stands) {
    write_file(in_root("file"), "text ");
    fs::create_symlink("/dev/stdout", local / "link");
    for (const std::string& to : {std::string("/dev/stdout"), std::string("/proc/self/fd/1"), std::string("/dev/fd/1"),
                                  local / "link", std::string("-")}) {
        for (const bool deleted : {false, true}) {
            const int out = ::open((local / "out").c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
            BOOST_REQUIRE(out >= 0);
            if (deleted) fs::remove(local / "out");
            BOOST_TEST(::write(out, "header ", 7) == 7);
            auto p = start_tug({"get", "-q", ":file", to}, {}, {.out = out});
            BOOST_TEST(p.wait() == 0, p.err());
            BOOST_TEST(::write(out, "footer", 6) == 6);
            std::array<char, 100> all{};
            const auto size = ::pread(out, all.data(), all.size(), 0);
            BOOST_TEST(std::string(all.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))) ==
                           "header text footer",
                       to);
            BOOST_TEST(fs::exists(local / "out") == !deleted);
            ::close(out);
        }
    }
    BOOST_TEST(fs::is_symlink("/dev/stdout"));
}

BOOST_AUTO_TEST_CASE(a_fifo_is_written_to) {
    write_file(in_root("file"), "text");
    BOOST_REQUIRE(::mkfifo((local / "fifo").c_str(), 0600) == 0);
    auto p = start_tug({"get", "-q", ":file", local / "fifo"});
    BOOST_TEST(read_file(local / "fifo") == "text");
    BOOST_TEST(p.wait() == 0, p.err());
    BOOST_TEST(S_ISFIFO(status_of(local / "fifo").st_mode));
}

BOOST_AUTO_TEST_CASE(what_is_replaced_keeps_its_mode) {
    const auto mode_of = [](const std::string& path) { return status_of(path).st_mode & 07777U; };
    for (const mode_t mode : {0600U, 0755U}) {
        for (const auto& path : {in_root("there"), local / "here"}) {
            write_file(path, "old");
            BOOST_REQUIRE(::chmod(path.c_str(), mode) == 0);
        }
        write_file(local / "new", "new");
        BOOST_TEST(tug({"put", local / "new", ":there"}).exit_code == 0);
        BOOST_TEST(mode_of(in_root("there")) == mode);
        BOOST_TEST(tug({"put", "-", ":there"}, "new").exit_code == 0);
        BOOST_TEST(mode_of(in_root("there")) == mode);
        write_file(in_root("file"), "new");
        BOOST_TEST(tug({"get", ":file", local / "here"}).exit_code == 0);
        BOOST_TEST(mode_of(local / "here") == mode);
        BOOST_TEST(read_file(local / "here") == "new");
    }
}

BOOST_AUTO_TEST_CASE(files_whose_size_is_not_true_are_read_to_their_end) {
    BOOST_TEST(tug({"put", "/proc/cpuinfo", ":cpus"}).exit_code == 0);
    BOOST_TEST(read_file(in_root("cpus")).starts_with("processor"));
}

BOOST_AUTO_TEST_CASE(json_tells_all_of_it) {
    const auto put = json_of(tug({"put", "--json", "-", ":file"}, "12345"));
    BOOST_TEST(put.at("bytes").as_int64() == 5);
    BOOST_TEST(put.at("digest").as_string().starts_with("xxh3-128:"));
    BOOST_TEST(put.at("matched").as_bool());
    const auto get = json_of(tug({"get", "--json", ":file", local / "out"}));
    BOOST_TEST(get.at("bytes").as_int64() == 5);
    BOOST_TEST(get.at("size").as_int64() == 5);
    BOOST_TEST(get.at("digest") == put.at("digest"));
    BOOST_TEST(get.at("mode").as_int64() == 0644);
    const auto piped = tug({"get", "--json", ":file", "-"});
    BOOST_TEST(piped.out == "12345");
    BOOST_TEST(boost::json::parse(piped.err).as_object().at("bytes").as_int64() == 5);
    const auto failed = tug({"get", "--json", ":nowhere", local / "none"});
    check_failed(failed, 1, "not_found");
    BOOST_TEST(json_of(failed).at("error").at("name").as_string() == "not_found");
}

BOOST_AUTO_TEST_CASE(a_timeout_ends_a_put) {
    auto p = start_tug({"put", "-", ":file", "--timeout", "0.3"});
    const int code = p.wait(); // its stdin stays open
    check_failed({code, "", p.err()}, 1, "timed_out");
    BOOST_TEST(!fs::exists(in_root("file")));
}

BOOST_AUTO_TEST_CASE(a_tugd_that_dies_is_named) {
    auto p = start_tug({"put", "-", ":file"});
    BOOST_TEST(p.write(std::string(8 * 1024 * 1024, 'x')));
    daemon.it().signal(SIGKILL);
    const int code = p.wait();
    check_failed({code, "", p.err()}, 1, "connection_lost");
}

BOOST_AUTO_TEST_SUITE_END()
