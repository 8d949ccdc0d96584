#include "scratch.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace {

using namespace tug::os;
using namespace tug::os::test;
using tug::proto::errc;

errc code_of_read(const root& r, std::string_view path) {
    const auto file = r.open_read(path);
    return file ? errc::success : file.error().code;
}

void bind_socket(const fs::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.string().copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
    const unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    BOOST_TEST_REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

BOOST_AUTO_TEST_SUITE(root_test)

BOOST_AUTO_TEST_CASE(the_root_is_a_directory_that_exists) {
    const scratch s;
    write_file(s.inside / "f", "x");
    BOOST_TEST((root::open((s.inside / "f").string()).error().code == errc::not_found));
    BOOST_TEST((root::open((s.inside / "none").string()).error().os_error == "ENOENT"));
}

BOOST_AUTO_TEST_CASE(the_same_file_by_many_names) {
    const scratch s;
    fs::create_directories(s.inside / "d/e");
    write_file(s.inside / "a", "text");
    with_each_resolver([&](resolver how) {
        const auto r = s.open(how);
        for (const auto* path : {"a", "/a", "./a", "//a", "d/../a", "d/e/../../a", "/./d//.././a"})
            BOOST_TEST_CONTEXT(path) BOOST_TEST(content_or_error(r, path) == "text");
    });
}

BOOST_AUTO_TEST_CASE(facts_of_an_opened_file) {
    const scratch s;
    write_file(s.inside / "a", "12345");
    ::chmod((s.inside / "a").c_str(), 04751);
    const timespec times[2] = {{.tv_sec = 1, .tv_nsec = 0}, {.tv_sec = -2, .tv_nsec = 5}};
    BOOST_TEST_REQUIRE(::utimensat(AT_FDCWD, (s.inside / "a").c_str(), times, 0) == 0);
    with_each_resolver([&](resolver how) {
        const auto file = s.open(how).open_read("a");
        BOOST_TEST_REQUIRE(file.has_value());
        BOOST_TEST(file->size == 5U);
        BOOST_TEST(file->mode == 0751U);
        BOOST_TEST(file->mtime_ns == -1'999'999'995);
        BOOST_TEST((::fcntl(file->fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
    });
}

BOOST_AUTO_TEST_CASE(only_regular_files_are_read) {
    const scratch s;
    fs::create_directory(s.inside / "d");
    BOOST_TEST_REQUIRE(::mkfifo((s.inside / "fifo").c_str(), 0600) == 0);
    bind_socket(s.inside / "socket");
    fs::create_symlink("fifo", s.inside / "to-fifo");
    with_each_resolver([&](resolver how) {
        const auto r = s.open(how);
        for (const auto* path : {"d", "/", ".", "d/", "d/.", "d/.."})
            BOOST_TEST_CONTEXT(path) BOOST_TEST((code_of_read(r, path) == errc::is_directory));
        for (const auto* path : {"fifo", "socket", "to-fifo"})
            BOOST_TEST_CONTEXT(path) BOOST_TEST((code_of_read(r, path) == errc::not_a_regular_file));
        const auto host = root::open("/", how);
        BOOST_TEST((code_of_read(*host, "/dev/null") == errc::not_a_regular_file));
        BOOST_TEST((code_of_read(*host, "/dev/tty") == errc::not_a_regular_file));
    });
}

BOOST_AUTO_TEST_CASE(what_is_not_there) {
    const scratch s;
    write_file(s.inside / "a", "text");
    with_each_resolver([&](resolver how) {
        const auto r = s.open(how);
        BOOST_TEST((code_of_read(r, "none") == errc::not_found));
        BOOST_TEST((code_of_read(r, "none/a") == errc::not_found));
        for (const auto* path : {"a/", "a/.", "a/b", "a/../a"}) {
            const auto file = r.open_read(path);
            BOOST_TEST_CONTEXT(path) {
                BOOST_TEST_REQUIRE(!file.has_value());
                BOOST_TEST((file.error().code == errc::not_found));
                BOOST_TEST(file.error().os_error == "ENOTDIR");
            }
        }
        BOOST_TEST(r.open_read("none").error().message == "\"none\": ENOENT"); // the request's path, not the host's
        BOOST_TEST((code_of_read(r, "../a") == errc::path_denied));
        BOOST_TEST((code_of_read(r, std::string(256, 'x')) == errc::invalid_params));
    });
}

BOOST_AUTO_TEST_CASE(symlinks_stay_inside) {
    const scratch s;
    write_file(s.base / "f", "outside");
    write_file(s.inside / "f", "inside");
    fs::create_directories(s.inside / "d/e");
    fs::create_symlink("/f", s.inside / "absolute");
    fs::create_symlink("../../../../../f", s.inside / "d/e/up");
    fs::create_symlink("/f", s.inside / "d/e/top-f");
    fs::create_symlink("/d", s.inside / "to-d");
    fs::create_symlink("to-d/e", s.inside / "to-e");
    fs::create_symlink("/", s.inside / "top");
    fs::create_symlink((s.base / "f").string(), s.inside / "out");
    fs::create_symlink("nowhere", s.inside / "dangling");
    with_each_resolver([&](resolver how) {
        const auto r = s.open(how);
        for (const auto* path : {"absolute", "d/e/up", "d/e/top-f", "to-e/top-f", "to-d/e/up", "to-e/up",
                                 "to-d/e/../../f", "top/f", "top/../f", "top/top/top/absolute"})
            BOOST_TEST_CONTEXT(path) BOOST_TEST(content_or_error(r, path) == "inside");
        BOOST_TEST(content_or_error(r, "out") == "not_found");
        BOOST_TEST(content_or_error(r, "dangling") == "not_found");
        BOOST_TEST(content_or_error(r, "dangling/x") == "not_found");
        BOOST_TEST(content_or_error(r, "to-d") == "is_directory");
        BOOST_TEST(content_or_error(r, "absolute/") == "not_found");
    });
}

BOOST_AUTO_TEST_CASE(chains_of_symlinks) {
    const scratch s;
    write_file(s.inside / "f", "inside");
    fs::create_symlink("self", s.inside / "self");
    fs::create_symlink("b", s.inside / "a");
    fs::create_symlink("a", s.inside / "b");
    fs::create_symlink("f", s.inside / "1");
    for (int i = 2; i <= 41; ++i) fs::create_symlink(std::to_string(i - 1), s.inside / std::to_string(i));
    with_each_resolver([&](resolver how) {
        const auto r = s.open(how);
        BOOST_TEST(content_or_error(r, "self") == "path_denied");
        BOOST_TEST(content_or_error(r, "a/x") == "path_denied");
        BOOST_TEST(content_or_error(r, "40") == "inside"); // as many as the kernel follows
        BOOST_TEST(content_or_error(r, "41") == "path_denied");
    });
}

BOOST_AUTO_TEST_CASE(magic_links_of_proc) {
    with_each_resolver([](resolver how) {
        const auto r = root::open("/", how);
        BOOST_TEST_REQUIRE(r.has_value());
        for (const auto* path : {"/proc/self/exe", "/proc/self/cwd/.", "/proc/self/root/etc/passwd", "/proc/self/fd/0",
                                 "/proc/thread-self/fd/1", "/proc/self/ns/mnt"})
            BOOST_TEST_CONTEXT(path) BOOST_TEST((code_of_read(*r, path) == errc::path_denied));
        const auto status = r->open_read("/proc/self/status"); // a plain link, then a file of size 0
        BOOST_TEST_REQUIRE(status.has_value());
        BOOST_TEST(status->size == 0U);
        BOOST_TEST(read_fd(status->fd.get()).starts_with("Name:"));
        BOOST_TEST((code_of_read(*r, "/proc/mounts") == errc::success));
    });
}

BOOST_AUTO_TEST_CASE(directories_to_run_in) {
    const scratch s;
    fs::create_directory(s.inside / "d");
    write_file(s.inside / "d/f", "text");
    fs::create_symlink("/d", s.inside / "to-d");
    with_each_resolver([&](resolver how) {
        const auto r = s.open(how);
        for (const auto* path : {"d", "to-d", "d/", "/d/."}) {
            const auto directory = r.open_directory(path);
            BOOST_TEST_CONTEXT(path) {
                BOOST_TEST_REQUIRE(directory.has_value());
                BOOST_TEST(::faccessat(directory->get(), "f", F_OK, 0) == 0);
            }
        }
        BOOST_TEST(r.open_directory("/").has_value());
        const auto file = r.open_directory("d/f");
        BOOST_TEST_REQUIRE(!file.has_value());
        BOOST_TEST((file.error().code == errc::not_found));
        BOOST_TEST(file.error().os_error == "ENOTDIR");
        BOOST_TEST((r.open_directory("none").error().code == errc::not_found));
        BOOST_TEST((r.open_directory("..").error().code == errc::path_denied));
    });
}

BOOST_AUTO_TEST_CASE(permissions_of_the_os_count) {
    const scratch s;
    fs::create_directory(s.inside / "closed");
    write_file(s.inside / "closed/f", "text");
    write_file(s.inside / "secret", "text");
    fs::permissions(s.inside / "closed", fs::perms(0600));
    fs::permissions(s.inside / "secret", fs::perms(0000));
    with_each_resolver([&](resolver how) {
        const auto r = s.open(how);
        const plain_user nobody;
        BOOST_TEST((code_of_read(r, "secret") == errc::permission_denied));
        BOOST_TEST((code_of_read(r, "closed/f") == errc::permission_denied));
        BOOST_TEST((code_of_read(r, "closed/../secret") == errc::permission_denied));
        BOOST_TEST((r.open_directory("closed").error().code == errc::permission_denied));
        if (::getuid() != 0) return; // as the owner of the directory it would be allowed
        BOOST_TEST((r.open_parent("new/f", true, false).error().code == errc::permission_denied));
    });
    fs::permissions(s.inside / "closed", fs::perms(0700));
}

/// A directory below is a root of its own: neither `..`, an absolute symlink nor one with `..` leads out of it.
BOOST_AUTO_TEST_CASE(a_root_below_the_root) {
    const scratch s;
    fs::create_directories(s.inside / "box/deep");
    write_file(s.inside / "secret", "secret");
    write_file(s.inside / "box/secret", "own");
    fs::create_symlink("/secret", s.inside / "box/absolute");
    fs::create_symlink("../../secret", s.inside / "box/deep/up");
    fs::create_symlink("/box", s.inside / "link");
    fs::create_symlink(s.outside, s.inside / "away");
    with_each_resolver([&](resolver how) {
        const auto r = s.open(how);
        for (const auto* path : {"/box", "box", "link", "/box/deep/.."}) {
            const auto box = r.open_below(path);
            BOOST_TEST_REQUIRE(box.has_value());
            BOOST_TEST(box->uses_kernel() == r.uses_kernel());
            for (const auto* inside : {"secret", "/secret", "absolute", "deep/up"})
                BOOST_TEST(box->open_read(inside).value().size == 3U, inside);
            BOOST_TEST((code_of_read(*box, "../secret") == errc::path_denied));
            BOOST_TEST((code_of_read(*box, "box/secret") == errc::not_found));
        }
        BOOST_TEST((r.open_below("none").error().code == errc::not_found));
        BOOST_TEST((r.open_below("secret").error().code == errc::not_found));
        BOOST_TEST((r.open_below("away").error().code == errc::not_found));
        BOOST_TEST((r.open_below("..").error().code == errc::path_denied));
    });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
