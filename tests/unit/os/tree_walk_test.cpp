#include "tug/os/tree_walk.hpp"

#include "scratch.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using namespace tug::os;
using namespace tug::os::test;

/// The paths of a walk; those that could not be looked at with their errno.
std::vector<std::string> paths(const root& files, std::string_view top, bool recursive) {
    auto walk = tree_walk::begin(*files.open_directory(top), recursive);
    BOOST_REQUIRE(walk.has_value());
    std::vector<std::string> out;
    while (auto entry = walk->next()) {
        out.push_back(std::move(entry->path));
        if (!entry->status) out.back().append(" ").append(std::to_string(entry->status.error().value()));
    }
    return out;
}

using list = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(tree_walk_test)

BOOST_AUTO_TEST_CASE(in_order_and_depth_first) {
    const scratch s;
    fs::create_directories(s.inside / "b" / "c");
    write_file(s.inside / "b" / "c" / "deep", "");
    write_file(s.inside / "b" / "z", "");
    write_file(s.inside / "a", "");
    write_file(s.inside / ".hidden", "");
    write_file(s.inside / "c\xff", "");
    fs::create_directory_symlink("b", s.inside / "link");
    fs::create_directory_symlink(s.outside, s.inside / "out");
    const auto files = s.open();
    BOOST_TEST(paths(files, "/", true) == (list{".hidden", "a", "b", "b/c", "b/c/deep", "b/z", "c\xff", "link", "out"}),
               boost::test_tools::per_element());
    BOOST_TEST(paths(files, "/", false) == (list{".hidden", "a", "b", "c\xff", "link", "out"}),
               boost::test_tools::per_element());
    BOOST_TEST(paths(files, "link", true) == (list{"c", "c/deep", "z"}), boost::test_tools::per_element());
    BOOST_TEST(paths(files, "b/c", false) == (list{"deep"}), boost::test_tools::per_element());
}

/// Deeper than descriptors are held, with something to come back to on every level.
BOOST_AUTO_TEST_CASE(a_deep_tree) {
    constexpr int depth = 200;
    const scratch s;
    auto at = s.inside;
    for (int i = 0; i < depth; ++i) {
        at /= "d";
        fs::create_directory(at);
        write_file(at / "z", "");
    }
    const auto all = paths(s.open(), "/", true);
    BOOST_TEST(all.size() == 2U * depth);
    BOOST_TEST(std::ranges::count_if(all, [](const auto& p) { return p.ends_with("/z"); }) == depth);
    BOOST_TEST(all.back() == "d/z");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_said) {
    const scratch s;
    fs::create_directories(s.inside / "closed" / "below");
    write_file(s.inside / "z", "");
    ::chmod((s.inside / "closed").c_str(), 0);
    {
        const plain_user lowly;
        BOOST_TEST(paths(s.open(), "/", true) == (list{"closed", "closed " + std::to_string(EACCES), "z"}),
                   boost::test_tools::per_element());
    }
    ::chmod((s.inside / "closed").c_str(), 0755);
}

/// A directory on the way back that was renamed or replaced meanwhile ends what was to come of it, and nothing else.
BOOST_AUTO_TEST_CASE(a_tree_that_moves) {
    constexpr int depth = 100;
    const scratch s;
    auto at = s.inside;
    for (int i = 0; i < depth; ++i) {
        at /= "d";
        fs::create_directory(at);
        write_file(at / "z", "");
    }
    // Outside the same tree, but for what is in its files.
    at = s.outside;
    for (int i = 0; i + 1 < depth; ++i) {
        write_file(at / "z", "secret");
        at /= "d";
        fs::create_directory(at);
    }
    auto walk = tree_walk::begin(*s.open().open_directory("/"), true);
    for (int i = 0; i < depth + 1; ++i) static_cast<void>(walk->next());
    fs::rename(s.inside / "d", s.inside / "moved");
    fs::create_directory_symlink(s.outside, s.inside / "d");
    int errors = 0;
    while (auto entry = walk->next()) {
        errors += entry->status ? 0 : 1;
        BOOST_TEST((!entry->status || entry->status->size != 6U), entry->path);
    }
    BOOST_TEST(errors > 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
