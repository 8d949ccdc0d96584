#include "tug/os/file_operations.hpp"
#include "tug/os/file_status.hpp"

#include "scratch.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>

namespace {

using namespace tug::os;
using namespace tug::os::test;
using tug::proto::errc;

bool never() {
    return false;
}

template <class T>
std::string outcome(const tug::proto::result<T>& r) {
    return r ? "done" : std::string(name_of(r.error().code));
}

/// A directory, a link and a secret outside that no operation may reach.
struct fixture {
    scratch s;
    fs::path in = s.inside;

    fixture() {
        write_file(s.outside / "secret", "secret");
        fs::create_directory(in / "dir");
        write_file(in / "dir" / "file", "content");
        fs::create_symlink("file", in / "dir" / "link");
        fs::create_symlink("nothing", in / "dangling");
        fs::create_symlink("../outside", in / "out");
        fs::create_symlink("dir", in / "to_dir");
    }

    ~fixture() { BOOST_TEST(read_file(s.outside / "secret") == "secret"); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(file_operations_test, fixture)

BOOST_AUTO_TEST_CASE(status_of_each_type) {
    BOOST_REQUIRE(::mkfifo((in / "fifo").c_str(), 0640) == 0);
    ::chmod((in / "fifo").c_str(), 0640);
    with_each_resolver([&](resolver how) {
        const auto files = s.open(how);
        const auto look = [&](std::string_view path, last_link at_end) {
            const auto node = files.open_node(path, at_end);
            BOOST_REQUIRE(node.has_value());
            return status_of(node->get()).value();
        };
        BOOST_TEST((look("dir", last_link::kept).type == file_type::directory));
        BOOST_TEST((look("/", last_link::kept).type == file_type::directory));
        BOOST_TEST((look("dir/..", last_link::kept).type == file_type::directory));
        const auto file = look("dir/link", last_link::followed);
        BOOST_TEST((file.type == file_type::file));
        BOOST_TEST(file.size == 7U);
        const auto link = look("dir/link", last_link::kept);
        BOOST_TEST((link.type == file_type::symlink));
        BOOST_TEST(link.target.value() == "file");
        BOOST_TEST((look("fifo", last_link::followed).type == file_type::fifo));
        BOOST_TEST(look("fifo", last_link::followed).mode == 0640U);
        BOOST_TEST(outcome(files.open_node("dangling", last_link::followed)) == "not_found");
        BOOST_TEST(outcome(files.open_node("out/secret", last_link::followed)) == "not_found");
        BOOST_TEST(outcome(files.open_node("../outside", last_link::kept)) == "path_denied");
    });
}

BOOST_AUTO_TEST_CASE(directories_are_made) {
    const umask_guard mask(077);
    const auto files = s.open();
    BOOST_TEST(outcome(make_directory_at(files, "new", false, 0750)) == "done");
    BOOST_TEST(mode_of(in / "new") == 0750U);
    BOOST_TEST(outcome(make_directory_at(files, "new", false, 0750)) == "already_exists");
    BOOST_TEST(outcome(make_directory_at(files, "new/", true, 0750)) == "done");
    BOOST_TEST(outcome(make_directory_at(files, "dir/file", true, 0750)) == "already_exists");
    BOOST_TEST(outcome(make_directory_at(files, "dir/file/x", true, 0750)) == "not_found");
    BOOST_TEST(outcome(make_directory_at(files, "a/b/c", false, 0755)) == "not_found");
    BOOST_TEST(outcome(make_directory_at(files, "a/b/c/", true, 0000)) == "done");
    BOOST_TEST(mode_of(in / "a" / "b") == 0755U);
    BOOST_TEST(mode_of(in / "a" / "b" / "c") == 0U);
    BOOST_TEST(outcome(make_directory_at(files, "dangling", true, 0755)) == "already_exists");
    BOOST_TEST(outcome(make_directory_at(files, "to_dir", true, 0755)) == "done");
}

BOOST_AUTO_TEST_CASE(what_is_removed) {
    const auto files = s.open();
    BOOST_TEST(outcome(remove_at(files, "dir", false, never)) == "is_directory");
    BOOST_TEST(outcome(remove_at(files, "nothing", true, never)) == "not_found");
    BOOST_TEST(outcome(remove_at(files, "/", true, never)) == "is_directory");
    BOOST_TEST(outcome(remove_at(files, "dir/.", true, never)) == "is_directory");
    BOOST_TEST(outcome(remove_at(files, "dir/file/", true, never)) == "not_found");
    BOOST_TEST(remove_at(files, "to_dir", true, never).value() == 1U); // the link itself
    BOOST_TEST(fs::exists(in / "dir" / "file"));
    BOOST_TEST(remove_at(files, "out", true, never).value() == 1U);
    BOOST_TEST(remove_at(files, "dir", true, never).value() == 3U);
    BOOST_TEST(!fs::exists(in / "dir"));
    fs::create_directory(in / "empty");
    BOOST_TEST(remove_at(files, "empty/", false, never).value() == 1U);
}

BOOST_AUTO_TEST_CASE(a_deep_and_broad_tree_is_removed) {
    auto at = in / "dir";
    for (int i = 0; i < 300; ++i) {
        at /= "d";
        fs::create_directory(at);
        write_file(at / "f", "");
        if (i % 50 == 0) fs::create_directory_symlink(s.outside, at / "out");
    }
    BOOST_TEST(remove_at(s.open(), "dir", true, never).value() == 3U + 2U * 300U + 6U);
    BOOST_TEST(!fs::exists(in / "dir"));
}

/// What an earlier removal moved up before it was cut off is not in the way.
BOOST_AUTO_TEST_CASE(a_removal_after_one_that_was_cut_off) {
    auto at = in / "dir";
    for (int i = 0; i < 100; ++i) fs::create_directories(at /= "d");
    fs::create_directories(in / "dir" / (".tug-removed-" + std::to_string(::getpid()) + "-0") / "full");
    BOOST_TEST(outcome(remove_at(s.open(), "dir", true, never)) == "done");
    BOOST_TEST(!fs::exists(in / "dir"));
}

BOOST_AUTO_TEST_CASE(a_removal_can_be_stopped) {
    int looks = 0;
    BOOST_TEST(outcome(remove_at(s.open(), "dir", true, [&] { return ++looks == 2; })) == "cancelled");
    BOOST_TEST(fs::exists(in / "dir"));
}

/// A directory that becomes a symlink under the removal is not followed.
BOOST_AUTO_TEST_CASE(nothing_outside_is_removed) {
    const auto sub = in / "dir" / "sub";
    const auto link = s.base / "link"; // changes places with it
    std::atomic<bool> over = false;
    std::thread swapper([&] {
        while (!over) ::renameat2(AT_FDCWD, sub.c_str(), AT_FDCWD, link.c_str(), RENAME_EXCHANGE);
    });
    const auto files = s.open();
    for (int i = 0; i < 3'000; ++i) {
        std::error_code ignored;
        fs::create_directories(sub, ignored);
        fs::create_directory_symlink(s.outside, link, ignored);
        write_file(sub / "file", "");
        static_cast<void>(remove_at(files, "dir", true, never));
        fs::remove_all(link, ignored);
    }
    over = true;
    swapper.join();
    fs::remove(s.outside / "file");
}

BOOST_AUTO_TEST_CASE(names_change) {
    const auto files = s.open();
    write_file(in / "other", "other");
    BOOST_TEST(outcome(rename_at(files, "dir/file", "other", rename_mode::keep)) == "already_exists");
    BOOST_TEST(outcome(rename_at(files, "dir/file", "other", rename_mode::exchange)) == "done");
    BOOST_TEST(read_file(in / "other") == "content");
    BOOST_TEST(outcome(rename_at(files, "other", "dir/file", rename_mode::overwrite)) == "done");
    BOOST_TEST(read_file(in / "dir" / "file") == "content");
    BOOST_TEST(outcome(rename_at(files, "dir/", "moved", rename_mode::keep)) == "done");
    BOOST_TEST(outcome(rename_at(files, "moved", "moved/below", rename_mode::overwrite)) == "io_error");
    BOOST_TEST(outcome(rename_at(files, "moved/file", "../outside/file", rename_mode::overwrite)) == "path_denied");
    BOOST_TEST(outcome(rename_at(files, "moved/file", "out/file", rename_mode::overwrite)) == "not_found");
    BOOST_TEST(outcome(rename_at(files, "nothing", "x", rename_mode::overwrite)) == "not_found");
}

BOOST_AUTO_TEST_CASE(links_are_made) {
    const auto files = s.open();
    BOOST_TEST(outcome(make_symlink_at(files, "new", "any \xff thing")) == "done");
    BOOST_TEST(fs::read_symlink(in / "new").string() == "any \xff thing");
    BOOST_TEST(outcome(make_symlink_at(files, "new", "x")) == "already_exists");
    BOOST_TEST(outcome(make_link_at(files, "dir/file", "second")) == "done");
    BOOST_TEST(fs::hard_link_count(in / "second") == 2U);
    BOOST_TEST(outcome(make_link_at(files, "out", "second_link")) == "done"); // the symlink itself
    BOOST_TEST(fs::is_symlink(in / "second_link"));
    BOOST_TEST(outcome(make_link_at(files, "dir", "second_dir")) == "permission_denied");
}

BOOST_AUTO_TEST_CASE(attributes_are_set) {
    const auto files = s.open();
    file_attributes to;
    to.mode = 0600;
    to.mtime_ns = -1;
    BOOST_TEST(outcome(set_attributes_at(files, "dir/link", last_link::followed, to)) == "done");
    const auto now = status_of(files.open_node("dir/file", last_link::kept)->get()).value();
    BOOST_TEST(now.mode == 0600U);
    BOOST_TEST(now.mtime_ns == -1);
    ::chmod((in / "dir").c_str(), 03755);
    to.mode = 0700;
    BOOST_TEST(outcome(set_attributes_at(files, "dir", last_link::followed, to)) == "done");
    BOOST_TEST(mode_of(in / "dir") == 03700U);
    file_attributes time_alone;
    time_alone.mtime_ns = 7;
    BOOST_TEST(outcome(set_attributes_at(files, "out", last_link::kept, time_alone)) == "done");
    BOOST_TEST(status_of(files.open_node("out", last_link::kept)->get())->mtime_ns == 7);
    BOOST_TEST(outcome(set_attributes_at(files, "dangling", last_link::followed, to)) == "not_found");
    if (::geteuid() != 0) return;
    file_attributes owner;
    owner.uid = 1;
    owner.gid = 2;
    BOOST_TEST(outcome(set_attributes_at(files, "dangling", last_link::kept, owner)) == "done");
    const auto given = status_of(files.open_node("dangling", last_link::kept)->get()).value();
    BOOST_TEST(given.uid == 1U);
    BOOST_TEST(given.gid == 2U);
}

BOOST_AUTO_TEST_CASE(a_user_without_rights) {
    ::chmod((in / "dir").c_str(), 0555);
    const plain_user lowly;
    const auto files = s.open();
    BOOST_TEST(outcome(remove_at(files, "dir/file", false, never)) == "permission_denied");
    BOOST_TEST(outcome(make_directory_at(files, "dir/x", false, 0755)) == "permission_denied");
    BOOST_TEST(outcome(rename_at(files, "dir/file", "dir/y", rename_mode::overwrite)) == "permission_denied");
    file_attributes to;
    to.mode = 0600;
    BOOST_TEST(outcome(set_attributes_at(files, "dir/file", last_link::followed, to)) == "permission_denied");
}

BOOST_AUTO_TEST_CASE(there_is_space) {
    const auto space = space_at(s.open(), "dir");
    BOOST_TEST(space->total_bytes >= space->free_bytes);
    BOOST_TEST(space->free_bytes >= space->available_bytes);
    BOOST_TEST(space->total_bytes > 0U);
}

BOOST_AUTO_TEST_SUITE_END()
