#include "scratch.hpp"

#include <algorithm>

namespace {

using namespace tug::service;
using namespace tug::service::test;
using tug::proto::errc;

errc code_of(const root& r, std::string_view path, bool make_parents = false) {
    const auto target = r.open_parent(path, make_parents, true);
    return target ? errc::success : target.error().code;
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
