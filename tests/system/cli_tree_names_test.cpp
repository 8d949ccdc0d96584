// Names, depths and directories that a file system takes and a program may stumble over, through the real programs and
// both ways.

#include "support/cli_checks.hpp"
#include "support/memory_directory.hpp"
#include "support/sample_tree.hpp"
#include "support/temp_dir.hpp"
#include "support/tugd_process.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

using namespace tug::test;

namespace {

/// One in the other, with a file in the last; the path may be longer than PATH_MAX.
void make_chain(const fs::path& top, const std::string& name, int depth) {
    fs::create_directory(top);
    int at = ::open(top.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < depth; ++i) {
        BOOST_REQUIRE(::mkdirat(at, name.c_str(), 0755) == 0);
        const int deeper = ::openat(at, name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
        ::close(std::exchange(at, deeper));
    }
    const int file = ::openat(at, name.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0640);
    BOOST_REQUIRE(::write(file, "deep", 4) == 4);
    ::close(file);
    ::close(at);
}

/// How deep it is, where the file is at its end.
int depth_of(const fs::path& top, const std::string& name) {
    int at = ::open(top.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    int depth = 0;
    for (;; ++depth) {
        const int deeper = ::openat(at, name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (deeper < 0) break;
        ::close(std::exchange(at, deeper));
    }
    std::array<char, 8> text{};
    const int file = ::openat(at, name.c_str(), O_RDONLY | O_CLOEXEC);
    const auto size = ::read(file, text.data(), text.size());
    ::close(file);
    ::close(at);
    return std::string_view(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0) == "deep" ? depth : -1;
}

/// Owner rwx, user 1 rwx, group r-x, mask rwx, others r-x, as the kernel keeps a list.
void set_default_acl(const fs::path& directory) {
    struct entry {
        std::uint16_t tag;
        std::uint16_t bits;
        std::uint32_t id;
    };

    struct list {
        std::uint32_t version = 2;
        std::array<entry, 5> entries{{{0x01, 7, ~0U}, {0x02, 7, 1}, {0x04, 5, ~0U}, {0x10, 7, ~0U}, {0x20, 5, ~0U}}};
    };

    const list acl;
    BOOST_REQUIRE(::setxattr(directory.c_str(), "system.posix_acl_default", &acl, sizeof acl, 0) == 0);
}

struct with_here : tugd_fixture {
    temp_dir here;

    /// There as a new tree, there again by sync, back as a new one, and back again into that: nothing is to be sent the
    /// second time.
    void there_and_back(const std::string& tree) {
        check_output(tug({"put", tree, ":"}), "");
        const auto name = fs::path(tree).filename().string();
        auto said = json_of(tug({"--json", "sync", "--delete", tree, ":./" + name}));
        BOOST_TEST(said.at("files").to_number<int>() == 0);
        BOOST_TEST(said.at("removed").to_number<int>() == 0);
        check_output(tug({"get", ":./" + name, here / "back"}), "");
        said = json_of(tug({"--json", "sync", "--replace", ":./" + name, here / "back"}));
        BOOST_TEST(said.at("files").to_number<int>() == 0);
        BOOST_TEST(said.at("removed").to_number<int>() == 0);
    }
};

struct in_memory : private memory_directory, with_here {};

BOOST_FIXTURE_TEST_SUITE(cli_tree_names, with_here)

BOOST_AUTO_TEST_CASE(every_byte) {
    const fs::path tree = here / "tree";
    std::string all;
    for (int byte = 1; byte < 256; ++byte) {
        if (byte == '/') continue;
        all += static_cast<char>(byte);
        const std::string name(1, static_cast<char>(byte));
        fs::create_directories(tree / ("in" + name));
        write_text(tree / ("in" + name) / (name == "." ? "dot" : name), name);
        fs::create_symlink(name, tree / ("to" + name));
    }
    write_text(tree / all, "all");
    for (const auto* name : {" ", " a ", "-rf", "a:b", "...", "..a", "\n", "\\n", "*", "tug:host", "~", "$HOME"})
        write_text(tree / name, name);
    there_and_back(tree);
    BOOST_TEST((picture(in_root("tree")) == picture(tree)));
    BOOST_TEST((picture(here / "back") == picture(tree)));
}

/// Also on the command line, as the names of trees.
BOOST_AUTO_TEST_CASE(names_of_trees) {
    for (const auto* name : {"-rf", "a:b", "\n", " ", "\xff", "--", "...", "*", "[a]"}) {
        const fs::path tree = fs::path(here / "from") / name;
        fs::create_directories(tree);
        write_text(tree / "file", name);
        there_and_back(tree);
        BOOST_TEST((picture(in_root(name)) == picture(tree)), name);
        check_output(tug({"rm", "-r", ":./" + std::string(name)}), "");
        BOOST_TEST(!fs::exists(in_root(name)));
        fs::remove_all(here / "back");
    }
}

BOOST_AUTO_TEST_CASE(as_deep_as_may_be) {
    make_chain(here / "tree", "d", 999);
    there_and_back(here / "tree");
    BOOST_TEST(depth_of(in_root("tree"), "d") == 999);
    BOOST_TEST(depth_of(here / "back", "d") == 999);
    check_output(tug({"rm", "-r", ":tree"}), "");
    make_chain(here / "deeper", "d", 1'000);
    check_failed(tug({"put", here / "deeper", ":"}), 1, "1,000");
    BOOST_TEST(fs::is_empty(in_root("")));
}

/// 255 bytes each, and a path of more than PATH_MAX.
BOOST_AUTO_TEST_CASE(long_names) {
    for (const auto& name : {std::string(255, 'n'), std::string(255, '\xff')}) {
        make_chain(here / "tree", name, 20);
        there_and_back(here / "tree");
        BOOST_TEST(depth_of(in_root("tree"), name) == 20);
        BOOST_TEST(depth_of(here / "back", name) == 20);
        check_output(tug({"rm", "-r", ":tree"}), "");
        fs::remove_all(here / "tree");
        fs::remove_all(here / "back");
    }
}

BOOST_FIXTURE_TEST_CASE(many_names_in_a_directory, in_memory) {
    constexpr int many = 100'000;
    const fs::path tree = here / "tree";
    fs::create_directory(tree);
    for (int i = 0; i < many; ++i) fs::create_symlink("x", tree / ("name" + std::to_string(i)));
    there_and_back(tree);
    const auto count = [](const fs::path& top) {
        return std::distance(fs::directory_iterator(top), fs::directory_iterator());
    };
    BOOST_TEST(count(in_root("tree")) == many);
    BOOST_TEST(count(here / "back") == many);
}

/// What is made there has the group and the list of the directory that it comes into.
BOOST_AUTO_TEST_CASE(directories_that_pass_something_on) {
    const fs::path tree = here / "tree";
    fs::create_directories(tree / "sub");
    write_text(tree / "sub/file", "x");
    ::chmod((tree / "sub/file").c_str(), 0640);
    const auto check = [](const fs::path& path, mode_t mode, const char* acl) {
        struct stat st{};
        BOOST_REQUIRE(::stat(path.c_str(), &st) == 0);
        BOOST_TEST((st.st_mode & 07777U) == mode, path);
        if (::geteuid() == 0) BOOST_TEST(st.st_gid == 12U, path);
        BOOST_TEST(::getxattr(path.c_str(), acl, nullptr, 0) > 0, path);
    };
    for (const auto& place : {fs::path(in_root("into")), fs::path(here / "into")}) {
        fs::create_directory(place);
        if (::geteuid() == 0) BOOST_REQUIRE(::chown(place.c_str(), 0, 12) == 0);
        BOOST_REQUIRE(::chmod(place.c_str(), 02775) == 0);
        set_default_acl(place);
    }
    check_output(tug({"put", tree, ":into"}), "");
    check_output(tug({"get", ":into/tree", here / "into"}), "");
    check_output(tug({"sync", "--replace", tree, ":into/tree"}), "");
    for (const auto& place : {fs::path(in_root("into")), fs::path(here / "into")}) {
        check(place / "tree/sub", 02755, "system.posix_acl_default");
        check(place / "tree/sub/file", 0640, "system.posix_acl_access");
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
