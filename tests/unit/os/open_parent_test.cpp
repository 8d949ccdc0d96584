#include "scratch.hpp"

#include <algorithm>
#include <fcntl.h>
#include <utility>

namespace {

using namespace tug::os;
using namespace tug::os::test;
using tug::proto::errc;

errc code_of(const root& r, std::string_view path, bool make_parents = false) {
    const auto target = r.open_parent(path, make_parents, true);
    return target ? errc::success : target.error().code;
}

/// Where a put would go that follows links, below the root; or the name of the error.
std::string place_of(const scratch& s, const root& r, std::string_view path, bool make_parents = false) {
    const auto target = r.open_parent(path, make_parents, true, last_link::followed);
    if (!target) return std::string(name_of(target.error().code));
    const auto directory = fs::read_symlink("/proc/self/fd/" + std::to_string(target->directory.get()));
    return (directory / target->name).lexically_relative(fs::canonical(s.inside)).string();
}

BOOST_AUTO_TEST_SUITE(open_parent_test)

BOOST_AUTO_TEST_CASE(a_directory_and_a_name) {
    const scratch s;
    fs::create_directory(s.inside / "d");
    fs::create_symlink("/d", s.inside / "to-d");
    write_file(s.inside / "f", "text");
    with_each_resolver([&](resolver how) {
        const auto r = s.open(how);
        for (const auto* path : {"d/new", "/d/new", "to-d/new", "d/../d/./new"}) {
            const auto target = r.open_parent(path, false, false);
            BOOST_TEST_CONTEXT(path) {
                BOOST_TEST_REQUIRE(target.has_value());
                BOOST_TEST(target->name == "new");
                struct stat by_fd{};
                struct stat by_name{};
                ::fstat(target->directory.get(), &by_fd);
                ::stat((s.inside / "d").c_str(), &by_name);
                BOOST_TEST(by_fd.st_ino == by_name.st_ino);
                BOOST_TEST(::fsync(target->directory.get()) == 0);
            }
        }
        BOOST_TEST((code_of(r, "new") == errc::success));
        BOOST_TEST((code_of(r, "none/new") == errc::not_found));
        BOOST_TEST((code_of(r, "f/new") == errc::not_found));
        BOOST_TEST((code_of(r, "f/new", true) == errc::not_found));
        BOOST_TEST((code_of(r, "d/") == errc::is_directory));
        BOOST_TEST((code_of(r, "d/..", true) == errc::is_directory));
        BOOST_TEST((code_of(r, "../f", true) == errc::path_denied));
        BOOST_TEST((code_of(r, "d/.tug-0123456789abcdef.tmp") == errc::invalid_params));
    });
}

BOOST_AUTO_TEST_CASE(missing_parents_are_made) {
    with_each_resolver([](resolver how) {
        const scratch s;
        const auto r = s.open(how);
        const umask_guard mask(077);
        BOOST_TEST((code_of(r, "x/y/z/f", true) == errc::success));
        for (const auto* path : {"x", "x/y", "x/y/z"})
            BOOST_TEST_CONTEXT(path) BOOST_TEST(mode_of(s.inside / path) == 0755U);
        BOOST_TEST((code_of(r, "/x//y/./new/../other/f", true) == errc::success));
        BOOST_TEST((fs::is_directory(s.inside / "x/y/new") && fs::is_directory(s.inside / "x/y/other")));
        BOOST_TEST((code_of(r, "x/y/z/f", true) == errc::success)); // nothing to make is fine
    });
}

BOOST_AUTO_TEST_CASE(modes_of_existing_directories_stay) {
    const scratch s;
    fs::create_directory(s.inside / "d");
    fs::permissions(s.inside / "d", fs::perms(0700));
    with_each_resolver([&](resolver how) {
        const auto r = s.open(how);
        BOOST_TEST((code_of(r, how == resolver::walk ? "d/w/f" : "d/k/f", true) == errc::success));
        BOOST_TEST(mode_of(s.inside / "d") == 0700U);
    });
}

BOOST_AUTO_TEST_CASE(symlinked_parents_lead_inside_only) {
    with_each_resolver([](resolver how) {
        const scratch s;
        fs::create_directory(s.inside / "d");
        fs::create_symlink("/d", s.inside / "to-d");
        fs::create_symlink("../../outside", s.inside / "d/up");
        fs::create_symlink(s.outside, s.inside / "out");
        fs::create_symlink("loop", s.inside / "loop");
        const auto r = s.open(how);
        BOOST_TEST((code_of(r, "to-d/n/f", true) == errc::success));
        BOOST_TEST(fs::is_directory(s.inside / "d/n"));
        for (const auto* path : {"out/f", "out/n/f", "d/up/f", "d/up/n/f"}) // dangling, seen from inside
            BOOST_TEST_CONTEXT(path) BOOST_TEST((code_of(r, path, true) == errc::not_found));
        BOOST_TEST((code_of(r, "loop/n/f", true) == errc::path_denied));
        BOOST_TEST(fs::is_empty(s.outside));
        fs::create_directory(s.inside / "outside");
        BOOST_TEST((code_of(r, "d/up/n/f", true) == errc::success)); // the ".." of the link stopped at the root
        BOOST_TEST(fs::is_directory(s.inside / "outside/n"));
        BOOST_TEST(fs::is_empty(s.outside));
    });
}

BOOST_AUTO_TEST_CASE(a_link_at_the_end_is_followed) {
    const scratch s;
    fs::create_directories(s.inside / "d/e");
    write_file(s.inside / "f", "text");
    const std::pair<const char*, const char*> links[] = {
        {"plain", "f"},          {"dangling", "new"},      {"absolute", "/d/new"}, {"d/e/up", "../../../../../new"},
        {"one", "two"},          {"two", "d/three"},       {"d/three", "e/new"},   {"dots", "d/e/../new"},
        {"d/e/back", "../../f"}, {"by_dir", "to_d/e/new"}, {"to_d", "/d"},
    };
    for (const auto& [name, text] : links) fs::create_symlink(text, s.inside / name);
    const std::pair<const char*, const char*> expected[] = {
        {"f", "f"},
        {"new", "new"},
        {"plain", "f"},
        {"dangling", "new"},
        {"absolute", "d/new"},
        {"d/e/up", "new"},
        {"one", "d/e/new"},
        {"dots", "d/new"},
        {"d/e/back", "f"},
        {"by_dir", "d/e/new"},
        {"to_d/three", "d/e/new"},
        {"to_d", "d"}, // a directory: the one who stores there finds out
    };
    with_each_resolver([&](resolver how) {
        const auto r = s.open(how);
        for (const auto& [path, place] : expected) BOOST_TEST_CONTEXT(path) BOOST_TEST(place_of(s, r, path) == place);
        BOOST_TEST(r.open_parent("plain", false, true)->name == "plain"); // the link itself
    });
}

BOOST_AUTO_TEST_CASE(links_at_the_end_that_lead_nowhere) {
    const scratch s;
    fs::create_directory(s.inside / "d");
    write_file(s.inside / "f", "text");
    write_file(s.outside / "f", "outside");
    const std::pair<const char*, const char*> links[] = {
        {"loop", "loop"},
        {"a", "d/../b"},
        {"b", "a"},
        {"here", "."},
        {"up", "d/.."},
        {"top", "/"},
        {"slash", "d/"},
        {"through", "f/x"},
        {"file_slash", "f/"},
        {"new_slash", "new/"},
        {"missing", "none/new"},
        {"temporary", ".tug-0123456789abcdef.tmp"},
        {"climbs", "../outside/f"},
    };
    for (const auto& [name, text] : links) fs::create_symlink(text, s.inside / name);
    fs::create_symlink(s.outside / "f", s.inside / "out");
    const std::pair<const char*, const char*> expected[] = {
        {"loop", "path_denied"},
        {"a", "path_denied"},
        {"here", "is_directory"},
        {"up", "is_directory"},
        {"top", "is_directory"},
        {"slash", "is_directory"},
        {"through", "not_found"},
        {"file_slash", "is_directory"},
        {"new_slash", "is_directory"},
        {"missing", "not_found"},
        {"temporary", "invalid_params"},
        {"climbs", "not_found"},
        {"out", "not_found"}, // both lead to where there is nothing, below the root
    };
    with_each_resolver([&](resolver how) {
        const auto r = s.open(how);
        for (const auto& [path, error] : expected)
            for (const bool make_parents : {false, true})
                BOOST_TEST_CONTEXT(path) BOOST_TEST(place_of(s, r, path, make_parents) == error);
        BOOST_TEST(!fs::exists(s.inside / "none"));
    });
}

/// A user who may write to a directory that all share leads no other one by a link, as with fs.protected_symlinks.
BOOST_AUTO_TEST_CASE(links_of_others_in_a_shared_directory) {
    if (::geteuid() != 0) return;
    const scratch s;
    fs::create_directory(s.inside / "tmp");
    BOOST_TEST_REQUIRE(::chmod((s.inside / "tmp").c_str(), 01777) == 0);
    for (const auto* name : {"tmp/theirs", "tmp/ours"}) fs::create_symlink("/new", s.inside / name);
    BOOST_TEST_REQUIRE(::lchown((s.inside / "tmp/theirs").c_str(), plain_user::nobody, 0) == 0);
    with_each_resolver([&](resolver how) {
        const auto r = s.open(how);
        BOOST_TEST(place_of(s, r, "tmp/ours") == "new");
        BOOST_TEST(place_of(s, r, "tmp/theirs") == "permission_denied");
    });
}

BOOST_AUTO_TEST_CASE(files_to_write_into) {
    const scratch s;
    fs::create_directory(s.inside / "d");
    write_file(s.inside / "d/f", "text");
    BOOST_TEST_REQUIRE(::mkfifo((s.inside / "fifo").c_str(), 0600) == 0);
    fs::create_symlink("d/f", s.inside / "link");
    fs::create_symlink("d/new", s.inside / "dangling");
    const auto outcome = [](const root& r, std::string_view path, last_link at_end) -> std::string {
        const auto fd = r.open_write(path, at_end);
        if (!fd) return std::string(name_of(fd.error().code));
        if (!*fd) return "none";
        return (::fcntl(fd->get(), F_GETFL) & O_ACCMODE) == O_WRONLY ? "open" : "open for something else";
    };
    with_each_resolver([&](resolver how) {
        const auto r = s.open(how);
        const auto followed = last_link::followed;
        for (const auto* path : {"d/f", "link"}) BOOST_TEST(outcome(r, path, followed) == "open");
        for (const auto* path : {"new", "d/new", "dangling", "none/f"})
            BOOST_TEST(outcome(r, path, followed) == "none");
        BOOST_TEST(outcome(r, "link", last_link::kept) == "none");
        BOOST_TEST(outcome(r, "d", followed) == "is_directory");
        BOOST_TEST(outcome(r, "d/f/", followed) == "is_directory");
        BOOST_TEST(outcome(r, "fifo", followed) == "not_a_regular_file");
        BOOST_TEST(outcome(r, "d/f/g", followed) == "not_found");
        BOOST_TEST(outcome(r, "../f", followed) == "path_denied");
    });
    BOOST_TEST(read_file(s.inside / "d/f") == "text"); // opened, and not cut
}

BOOST_AUTO_TEST_CASE(deep_paths) {
    std::string deep;
    for (int i = 0; i < 300; ++i) deep += "d/";
    with_each_resolver([&](resolver how) {
        const scratch s;
        const auto r = s.open(how);
        BOOST_TEST((code_of(r, deep + "f", true) == errc::success));
        BOOST_TEST((code_of(r, deep + "../../../f") == errc::success));
    });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
