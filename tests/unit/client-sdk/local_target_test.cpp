#include "support/temp_dir.hpp"

#include <tug/local_target.hpp>
#include <tug/os/unique_fd.hpp>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>

using namespace tug;
using namespace tug::test;
namespace fs = std::filesystem;

namespace {

bool is_stream(const std::string& path) {
    return local_target(path).is_stream();
}

std::string path_of(const std::string& path) {
    return local_target(path).path();
}

/// A descriptor as a program inherits it, open to write.
struct inherited {
    explicit inherited(const std::string& path)
        : fd(::open(path.c_str(), O_RDWR | O_CREAT, 0600)) { // not closed on exec
        BOOST_REQUIRE(fd);
    }

    [[nodiscard]] std::string in(const std::string& directory) const {
        return directory + "/" + std::to_string(fd.get());
    }

    os::unique_fd fd;
};

} // namespace

BOOST_AUTO_TEST_SUITE(sdk_local_target)

BOOST_AUTO_TEST_CASE(files_are_replaced) {
    const temp_dir dir;
    write_file(dir / "a", "x");
    for (const std::string& path : {dir / "a", dir / "new", dir / "no/such", std::string("/dev/shm/tug-x"),
                                    std::string("name"), std::string(), dir.path().string()}) {
        BOOST_TEST(!is_stream(path), path);
        BOOST_TEST(path_of(path) == path);
    }
}

BOOST_AUTO_TEST_CASE(links_lead_on) {
    const temp_dir dir;
    fs::create_directory(dir / "d");
    fs::create_symlink("d/c", dir / "b");
    fs::create_symlink(dir / "b", dir / "a");
    BOOST_TEST(path_of(dir / "a") == fs::canonical(dir.path()).string() + "/d/c");
    BOOST_TEST(!is_stream(dir / "a"));
    fs::create_symlink("loop", dir / "loop");
    BOOST_TEST(!is_stream(dir / "loop")); // to open it tells: ELOOP
    BOOST_TEST(local_target(dir / "loop").link_error() == ELOOP);
}

/// As many as the kernel follows, and no more.
BOOST_AUTO_TEST_CASE(forty_links) {
    const temp_dir dir;
    write_file(dir / "0", "x");
    for (int n = 1; n <= 41; ++n) fs::create_symlink(std::to_string(n - 1), dir / std::to_string(n));
    for (const int n : {1, 40, 41}) {
        struct stat st{};
        const bool follows = ::stat((dir / std::to_string(n)).c_str(), &st) == 0;
        BOOST_TEST((local_target(dir / std::to_string(n)).link_error() == 0) == follows);
        BOOST_TEST(follows == (n <= 40));
    }
}

BOOST_AUTO_TEST_CASE(what_is_there) {
    const temp_dir dir;
    write_file(dir / "a", "x");
    fs::create_symlink("a", dir / "to-a");
    fs::create_symlink("b", dir / "to-none");
    for (const auto& path : {dir / "a", dir / "to-a", dir.path().string()})
        BOOST_TEST(local_target(path).exists(), path);
    for (const auto& path : {dir / "b", dir / "to-none", dir / "no/such"})
        BOOST_TEST(!local_target(path).exists(), path);
}

/// As one of another user's in a directory for all, where the kernel protects users from these. How it refuses is the
/// same for a link into a directory that may not be entered, which every kernel has.
BOOST_AUTO_TEST_CASE(links_that_the_kernel_refuses_are_not_followed) {
    constexpr uid_t someone = 65534;
    if (::geteuid() != 0) {
        BOOST_TEST_MESSAGE("skipped: only root can be another user");
        return;
    }
    const temp_dir dir;
    BOOST_REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
    fs::create_directory(dir / "private");
    BOOST_REQUIRE(::chmod((dir / "private").c_str(), 0700) == 0);
    fs::create_symlink("private/f", dir / "link");
    BOOST_REQUIRE(::seteuid(someone) == 0);
    const auto path = path_of(dir / "link");
    BOOST_REQUIRE(::seteuid(0) == 0);
    BOOST_TEST(path == dir / "link");
    BOOST_TEST(path_of(dir / "link") != dir / "link");
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_a_stream) {
    const temp_dir dir;
    BOOST_REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
    fs::create_symlink("fifo", dir / "link");
    for (const std::string& path : {dir / "fifo", dir / "link", std::string("/dev/null"), std::string("/dev/not-there"),
                                    std::string("/proc/sys/kernel/x"), std::string("/sys/x")})
        BOOST_TEST(is_stream(path), path);
}

BOOST_AUTO_TEST_CASE(what_is_below_dev_is_a_stream_however_it_is_spelled) {
    const temp_dir dir;
    fs::create_symlink("/dev", dir / "link");
    for (const std::string& path : {dir / "link/not-there", dir / "link//not-there", std::string("//dev/not-there"),
                                    std::string("/./dev/not-there"), std::string("/dev/./not-there"),
                                    std::string("/proc/../dev/not-there"), std::string("/proc/1/../../dev//none")})
        BOOST_TEST(is_stream(path), path);
}

BOOST_AUTO_TEST_CASE(descriptors_are_streams_whatever_is_behind) {
    const temp_dir dir;
    const inherited file(dir / "a");
    fs::create_symlink(file.in("/dev/fd"), dir / "link");
    fs::create_symlink("/dev/stdout", dir / "out");
    for (const bool deleted : {false, true}) {
        if (deleted) fs::remove(dir / "a");
        for (const std::string& path :
             {file.in("/proc/self/fd"), file.in("/dev/fd"), file.in("/proc/" + std::to_string(::getpid()) + "/fd"),
              file.in("/proc/thread-self/fd"), dir / "link", dir / "out", std::string("/dev/stdout")})
            BOOST_TEST(is_stream(path), path);
    }
}

BOOST_AUTO_TEST_CASE(a_descriptor_goes_on_where_it_stands) {
    const temp_dir dir;
    const inherited file(dir / "a");
    BOOST_REQUIRE(::write(file.fd.get(), "header ", 7) == 7);
    const os::unique_fd stream(local_target(file.in("/dev/fd")).open_stream());
    BOOST_REQUIRE(stream);
    BOOST_TEST(::write(stream.get(), "body ", 5) == 5);
    BOOST_TEST(::write(file.fd.get(), "footer", 6) == 6);
    BOOST_TEST(read_file(dir / "a") == "header body footer");
}

BOOST_AUTO_TEST_CASE(a_descriptor_of_the_program_itself_is_none_of_its_user) {
    const temp_dir dir;
    const inherited file(dir / "a");
    BOOST_REQUIRE(::fcntl(file.fd.get(), F_SETFD, FD_CLOEXEC) == 0);
    for (const auto& path : {file.in("/dev/fd"), std::string("/dev/fd/99999")}) {
        BOOST_TEST(local_target(path).open_stream() == -1);
        BOOST_TEST(errno == EBADF);
    }
}

BOOST_AUTO_TEST_CASE(no_stream_is_made) {
    BOOST_TEST(local_target("/dev/tug-not-there").open_stream() == -1);
    BOOST_TEST(errno == ENOENT);
    BOOST_TEST(!fs::exists("/dev/tug-not-there"));
}

BOOST_AUTO_TEST_SUITE_END()
