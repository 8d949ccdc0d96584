// Names, depths and directories that a file system takes and a program may stumble over.

#include "tree_transfer.hpp"

#include "support/memory_directory.hpp"

#include <sys/xattr.h>

#include <array>
#include <cstdint>

namespace {

using namespace tug;
using namespace tug::os;
using namespace tug::os::test;

/// Copies the tree `outside/tree` to `inside/copy`: as a new one, or into one that is there.
void copy(const scratch& s, bool new_one) {
    tug::proto::result<void> done;
    const auto stream = stream_of(s.outside / "tree");
    if (new_one) {
        std::optional<tree_writer> writer;
        BOOST_REQUIRE(begin_beside(writer, s.inside, "copy", tree_target::none).has_value());
        done = write_stream(*writer, stream);
    } else {
        if (!fs::exists(s.inside / "copy")) fs::create_directory(s.inside / "copy");
        tree_writer writer(open_directory(s.inside / "copy"), {});
        done = write_stream(writer, stream);
    }
    BOOST_TEST(done.has_value(), (done ? "" : done.error().message));
}

/// An access list of one more user, as the kernel keeps it: owner rwx, user 1 rwx, group r-x, mask rwx, others r-x.
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

bool has_acl(const fs::path& path, const char* name) {
    return ::getxattr(path.c_str(), name, nullptr, 0) > 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tree_names_test)

BOOST_AUTO_TEST_CASE(every_byte) {
    const scratch s;
    std::string all;
    for (int byte = 1; byte < 256; ++byte) {
        if (byte == '/') continue;
        all += static_cast<char>(byte);
        const std::string name(1, static_cast<char>(byte));
        fs::create_directories(s.outside / "tree" / ("in" + name));
        write_file(s.outside / "tree" / ("in" + name) / (name == "." ? "dot" : name), name);
        fs::create_symlink(name, s.outside / "tree" / ("to" + name));
    }
    write_file(s.outside / "tree" / all, "all");
    for (const auto* name : {" ", " a ", "-rf", "a:b", "...", "..a", "\n", "\\n", "*", "tug://x:1/y"})
        write_file(s.outside / "tree" / name, name);
    for (const bool new_one : {true, false}) {
        copy(s, new_one);
        BOOST_TEST((picture(s.inside / "copy") == picture(s.outside / "tree")));
    }
}

BOOST_AUTO_TEST_CASE(as_deep_as_may_be) {
    const scratch s;
    const auto make = [](const fs::path& top) {
        fs::create_directory(top);
        unique_fd at = open_directory(top);
        for (int i = 0; i < 999; ++i) {
            BOOST_REQUIRE(::mkdirat(at.get(), "d", 0755) == 0);
            at = unique_fd(::openat(at.get(), "d", O_PATH | O_DIRECTORY | O_CLOEXEC));
        }
        const unique_fd file(::openat(at.get(), "f", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        BOOST_REQUIRE(::write(file.get(), "deep", 4) == 4);
    };
    make(s.outside / "tree");
    const auto expected = stream_of(s.outside / "tree");
    for (const bool new_one : {true, false}) {
        copy(s, new_one);
        BOOST_TEST((stream_of(s.inside / "copy") == expected));
    }
}

BOOST_AUTO_TEST_CASE(many_names_in_a_directory) {
    constexpr int many = 20'000;
    const tug::test::memory_directory in_memory;
    const scratch s;
    fs::create_directory(s.outside / "tree");
    const auto at = open_directory(s.outside / "tree");
    for (int i = 0; i < many; ++i) BOOST_REQUIRE(::symlinkat("x", at.get(), ("name" + std::to_string(i)).c_str()) == 0);
    copy(s, true);
    BOOST_TEST(entries(s.inside / "copy").size() == std::size_t{many});
}

/// What is made below a setgid directory has its group, and directories have the bit; as mkdir(1) and cp(1) do it.
BOOST_AUTO_TEST_CASE(a_setgid_directory) {
    if (::geteuid() != 0) return;
    const scratch s;
    fs::create_directories(s.outside / "tree/sub");
    write_file(s.outside / "tree/sub/f", "x");
    BOOST_REQUIRE(::chown(s.inside.c_str(), 0, 12) == 0);
    BOOST_REQUIRE(::chmod(s.inside.c_str(), 02775) == 0);
    const auto check = [&](const fs::path& path, mode_t mode) {
        struct stat st{};
        BOOST_REQUIRE(::stat(path.c_str(), &st) == 0);
        BOOST_TEST(st.st_gid == 12U, path);
        BOOST_TEST((st.st_mode & 07777U) == mode, path);
    };
    for (const bool new_one : {true, false}) {
        copy(s, new_one);
        check(s.inside / "copy", 02755);
        check(s.inside / "copy/sub", 02755);
        check(s.inside / "copy/sub/f", 0644);
        fs::remove_all(s.inside / "copy");
    }
}

/// They pass on to what is made below them; the modes are those of the entries all the same.
BOOST_AUTO_TEST_CASE(a_default_acl) {
    const scratch s;
    fs::create_directories(s.outside / "tree/sub");
    write_file(s.outside / "tree/sub/f", "x");
    ::chmod((s.outside / "tree/sub/f").c_str(), 0640);
    set_default_acl(s.inside);
    for (const bool new_one : {true, false}) {
        copy(s, new_one);
        BOOST_TEST(has_acl(s.inside / "copy/sub", "system.posix_acl_default"));
        BOOST_TEST(has_acl(s.inside / "copy/sub/f", "system.posix_acl_access"));
        BOOST_TEST(mode_of(s.inside / "copy/sub/f") == 0640U);
        fs::remove_all(s.inside / "copy");
    }
}

BOOST_AUTO_TEST_SUITE_END()
