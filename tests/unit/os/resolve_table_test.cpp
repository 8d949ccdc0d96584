// What public suites of safe resolvers check (libpathrs, filepath-securejoin), as a table of our own: both resolvers
// come to the same node or errno.

#include "scratch.hpp"

#include <tug/os/errno.hpp>
#include <tug/os/resolve.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace tug::os;
using namespace tug::os::test;

/// The tree that the table is about. What it climbs to beside the root is there, too.
struct crooked_tree : scratch {
    unique_fd root;

    crooked_tree() {
        for (const auto* path : {"a", "b/c/d/e/f", "target", "one", "two", "three", "chain/d", "chain/f", "chain/h/i",
                                 "chain/b", "blocked/b", "loop/a", "loop/b", "loop/c", "loop/e"})
            fs::create_directories(inside / path);
        for (const auto* path : {"b/c/file", "blocked/file"}) write_file(inside / path, "inside");
        for (const auto* path : {"target", "file", "a"}) write_file(outside / path, "outside");
        const std::vector<std::pair<std::string, std::string>> links{{"to-e", "/b/c/d/e"},
                                                                     {"to-file", "b/c/file"},
                                                                     {"root", "/"},
                                                                     {"above", "/.."},
                                                                     {"far-above", "/../../../../../.."},
                                                                     {"a/back", "../../../../../../../../b"},
                                                                     {"climb", "../../../../outside/target"},
                                                                     {"climb-absolute", "/../../../outside/target"},
                                                                     {"host", outside.string() + "/target"},
                                                                     {"one/absolute", "/target"},
                                                                     {"one/relative", "../target"},
                                                                     {"two/absolute", "/one"},
                                                                     {"two/relative", "../one"},
                                                                     {"three/absolute", "/two/relative/relative"},
                                                                     {"three/relative", "../two/absolute/absolute"},
                                                                     {"three/nothing", "/two/absolute/absolute/none"},
                                                                     {"chain/a", "b/c"},
                                                                     {"chain/b/c", "../c"},
                                                                     {"chain/c", "d/e"},
                                                                     {"chain/d/e", "../e"},
                                                                     {"chain/e", "f/../g"},
                                                                     {"chain/g", "h/i/none"},
                                                                     {"blocked/a", "b/c"},
                                                                     {"blocked/b/c", "../file/x"},
                                                                     {"loop/self", "self"},
                                                                     {"loop/absolute", "/loop/absolute"},
                                                                     {"loop/up", "../loop/up"},
                                                                     {"loop/a/link", "../b/link"},
                                                                     {"loop/b/link", "/loop/c/link"},
                                                                     {"loop/c/link", "/loop/d/link"},
                                                                     {"loop/d", "e"},
                                                                     {"loop/e/link", "../a/link"},
                                                                     {"loop/link", "a/link"},
                                                                     {"nothing", "none"},
                                                                     {"slash", "none/"},
                                                                     {"empty-parent", "none/../a"},
                                                                     {"dots", "./b/.././b/./c"}};
        for (const auto& [path, target] : links) fs::create_symlink(target, inside / path);
        BOOST_TEST_REQUIRE(::mkfifo((inside / "b/fifo").c_str(), 0600) == 0);
        root.reset(::open(inside.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    }

    /// "ENOENT", or where the descriptor is, seen from the root.
    [[nodiscard]] std::string name_of(const os_result<unique_fd>& node) const {
        if (!node) return errno_name(node.error().value());
        const auto real = fs::read_symlink("/proc/self/fd/" + std::to_string(node->get()));
        const auto relative = real.lexically_relative(fs::canonical(inside)).string();
        return relative == "." ? "/" : relative;
    }
};

using row = std::pair<const char*, const char*>;

constexpr row table[] = {
    {"a", "a"},
    {"b/c/d/e/f", "b/c/d/e/f"},
    {"b///././c////.//d/./././///e////.//./f//././././", "b/c/d/e/f"},
    {"b/c/file", "b/c/file"},
    {"to-file", "b/c/file"},
    {"b/fifo", "b/fifo"},
    {"", "ENOENT"},
    {"none", "ENOENT"},
    {"none/..", "ENOENT"},
    {"none/../a", "ENOENT"},
    {"a/none/../../a", "ENOENT"},
    {"empty-parent", "ENOENT"},
    {"nothing", "ENOENT"},
    {"nothing/..", "ENOENT"},
    // A file is no directory, by whatever name.
    {"b/c/file/", "ENOTDIR"},
    {"b/c/file/.", "ENOTDIR"},
    {"b/c/file/..", "ENOTDIR"},
    {"b/c/file/../d", "ENOTDIR"},
    {"to-file/", "ENOTDIR"},
    {"to-file/..", "ENOTDIR"},
    {"b/fifo/x", "ENOTDIR"},
    // Through symlinks.
    {"to-e", "b/c/d/e"},
    {"to-e/", "b/c/d/e"},
    {"to-e/f", "b/c/d/e/f"},
    {"to-e/f/../..", "b/c/d"},
    {"to-e/..", "b/c/d"},
    {"dots/file", "b/c/file"},
    {"three/absolute", "target"},
    {"three/relative", "target"},
    {"two/absolute/../two/relative/absolute", "target"},
    {"three/nothing", "ENOENT"},
    {"three/absolute/none", "ENOENT"},
    // Above the root is the root.
    {"..", "/"},
    {"/", "/"},
    {"/../../a/../..", "/"},
    {"../../../../b/c", "b/c"},
    {"root", "/"},
    {"above/a", "a"},
    {"far-above", "/"},
    {"far-above/../../../target", "target"},
    {"a/back/c", "b/c"},
    {"climb", "ENOENT"},
    {"climb-absolute", "ENOENT"},
    {"host", "ENOENT"},
    {"../outside/target", "ENOENT"},
    {"root/above/far-above/root/to-e/../../../../../../../a", "a"},
    // Chains that end nowhere, or at a file.
    {"chain/a", "ENOENT"},
    {"chain/b/c", "ENOENT"},
    {"chain/d/e", "ENOENT"},
    {"chain/g/..", "ENOENT"},
    {"blocked/a", "ENOTDIR"},
    {"blocked/b/c/..", "ENOTDIR"},
    // Loops.
    {"loop/self", "ELOOP"},
    {"loop/absolute/x", "ELOOP"},
    {"loop/up/..", "ELOOP"},
    {"loop/link", "ELOOP"},
    {"loop/d/link", "ELOOP"},
};

/// The kernel gives up where some process of the machine renames all the time, as other tests do: that is no outcome.
os_result<unique_fd> resolve_in_quiet(int root, const char* path) {
    for (int tries = 1;; ++tries) {
        auto found = resolve_by_kernel(root, path, O_PATH);
        if (found || found.error().value() != EAGAIN || tries == 10'000) return found;
    }
}

BOOST_FIXTURE_TEST_SUITE(resolve_table_test, crooked_tree)

BOOST_AUTO_TEST_CASE(both_resolvers_come_to_the_same) {
    const bool kernel = resolve_by_kernel(root.get(), ".", O_PATH).has_value();
    for (const auto& [path, expected] : table) {
        BOOST_TEST(name_of(resolve_by_walk(root.get(), path, O_PATH)) == expected, path);
        if (kernel) BOOST_TEST(name_of(resolve_in_quiet(root.get(), path)) == expected, path);
    }
}

/// Forty symlinks may be on a way, as in the kernel, and no more.
BOOST_AUTO_TEST_CASE(so_many_links) {
    fs::create_symlink("a", inside / "link1");
    for (int i = 2; i <= 41; ++i)
        fs::create_symlink("link" + std::to_string(i - 1), inside / ("link" + std::to_string(i)));
    BOOST_TEST(name_of(resolve_by_walk(root.get(), "link40", O_PATH)) == "a");
    BOOST_TEST(name_of(resolve_by_walk(root.get(), "link41", O_PATH)) == "ELOOP");
}

/// Where something is to be made: the same rules for all but the last name.
BOOST_AUTO_TEST_CASE(places_to_make_something) {
    const auto place_of = [&](const std::string& path) {
        auto found = resolve_place(root.get(), path);
        if (!found) return errno_name(found.error().value());
        return name_of(os_result<unique_fd>(std::move(found->directory))) + " " + found->name;
    };
    const std::vector<std::pair<std::string, std::string>> cases{{"new", "/ new"},
                                                                 {"to-e/new", "b/c/d/e new"},
                                                                 {"../../new", "/ new"},
                                                                 {"nothing", "/ none"},
                                                                 {"chain/a", "chain/h/i none"},
                                                                 {"climb", "ENOENT"},
                                                                 {"loop/link", "ELOOP"},
                                                                 {"blocked/a", "ENOTDIR"},
                                                                 {"none/new", "ENOENT"},
                                                                 {"b/c/file/new", "ENOTDIR"},
                                                                 {"root", "EISDIR"},
                                                                 {"a/..", "EISDIR"},
                                                                 {"a/", "EISDIR"},
                                                                 {"new/", "EISDIR"},
                                                                 {"to-e/new//", "EISDIR"},
                                                                 {"b/c/file/", "EISDIR"},
                                                                 {"slash", "EISDIR"},
                                                                 {"none/new/", "ENOENT"},
                                                                 {"", "ENOENT"},
                                                                 {"three/nothing", "target none"}};
    for (const auto& [path, expected] : cases) BOOST_TEST(place_of(path) == expected, path);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
