#include "support/temp_dir.hpp"

#include <tug/os/staged_file.hpp>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>

namespace {

using namespace tug::os;
using namespace tug::test;
using tug::proto::errc;

constexpr std::array both{staging::automatic, staging::named};
constexpr uid_t someone = 1234;

/// Whether the close() below fails for regular files.
thread_local bool closes_fail = false;

tug::proto::result<void> put(const temp_dir& dir, const staged_options& options, staging how) {
    unique_fd directory(::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    auto staged = staged_file::create(std::move(directory), "f", options, how);
    if (!staged) return staged.error();
    if (auto written = staged->write(std::as_bytes(std::span("new", 3))); !written) return written;
    return staged->commit();
}

void check_put(const temp_dir& dir, const staged_options& options, staging how) {
    const auto done = put(dir, options, how);
    BOOST_TEST_REQUIRE(done.has_value(), (done ? std::string() : done.error().message));
    BOOST_TEST(read_file(dir / "f") == "new");
    BOOST_TEST(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
}

struct stat status(const temp_dir& dir) {
    struct stat st{};
    BOOST_REQUIRE(::stat((dir / "f").c_str(), &st) == 0);
    return st;
}

void make_old(const temp_dir& dir, mode_t mode) {
    std::filesystem::remove(dir / "f");
    write_file(dir / "f", "old");
    BOOST_REQUIRE(::chmod((dir / "f").c_str(), mode) == 0);
}

/// An ACL in the form of the kernel: the three usual entries, one user more, and the mask.
std::string acl_of(unsigned group_bits, uid_t user, unsigned user_bits) {
    struct entry {
        std::uint16_t tag;
        std::uint16_t bits;
        std::uint32_t id;
    };

    static_assert(std::endian::native == std::endian::little);
    const auto none = ~std::uint32_t{0};
    const std::array entries{entry{0x01, 6, none}, entry{0x02, static_cast<std::uint16_t>(user_bits), user},
                             entry{0x04, static_cast<std::uint16_t>(group_bits), none}, entry{0x10, 7, none},
                             entry{0x20, 0, none}};
    std::string acl("\x02\0\0\0", 4);
    return acl.append(reinterpret_cast<const char*>(entries.data()), sizeof entries);
}

bool set(const std::string& path, const char* name, const std::string& value) {
    return ::setxattr(path.c_str(), name, value.data(), value.size(), 0) == 0;
}

std::optional<std::string> attribute(const std::string& path, const char* name) {
    std::array<char, 1024> value{};
    const auto size = ::getxattr(path.c_str(), name, value.data(), value.size());
    if (size < 0) return std::nullopt;
    return std::string(value.data(), static_cast<std::size_t>(size));
}

constexpr const char* access_acl = "system.posix_acl_access";

/// Another user for the life of this object, of no group but 65534.
struct plain_user {
    plain_user() { BOOST_REQUIRE(::setegid(65534) == 0 && ::seteuid(65534) == 0); }

    plain_user(const plain_user&) = delete;
    plain_user& operator=(const plain_user&) = delete;

    ~plain_user() {
        if (::seteuid(0) != 0 || ::setegid(0) != 0) std::abort(); // later tests would run with the wrong rights
    }
};

bool is_root() {
    if (::geteuid() == 0) return true;
    BOOST_TEST_MESSAGE("skipped: only root may give files away");
    return false;
}

} // namespace

/// In the place of the C library's, also for what is tested: no file system here keeps an error back until then.
extern "C" int close(int fd) {
    struct stat st{};
    const bool fails = closes_fail && ::fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    const auto done = static_cast<int>(::syscall(SYS_close, fd));
    if (!fails) return done;
    errno = EDQUOT;
    return -1;
}

BOOST_AUTO_TEST_SUITE(replaced_file_test)

BOOST_AUTO_TEST_CASE(the_mode_stays_unless_another_is_asked_for) {
    for (const auto how : both) {
        const temp_dir dir;
        check_put(dir, {.new_mode = 0640}, how);
        BOOST_TEST((status(dir).st_mode & 07777U) == 0640U);
        for (const mode_t mode : {0600U, 0755U, 0400U, 0U}) {
            make_old(dir, mode);
            const auto done = put(dir, {.new_mode = 0644}, how);
            BOOST_TEST(done.has_value());
            BOOST_TEST((status(dir).st_mode & 07777U) == mode);
        }
        make_old(dir, 0600);
        check_put(dir, {.mode = 0751, .new_mode = 0644}, how);
        BOOST_TEST((status(dir).st_mode & 07777U) == 0751U);
    }
}

BOOST_AUTO_TEST_CASE(the_umask_cuts_new_files_alone) {
    for (const auto how : both) {
        const temp_dir dir;
        const auto before = ::umask(027);
        const bool made = put(dir, {.new_mode = 0777, .obey_umask = true}, how).has_value();
        const auto fresh = status(dir).st_mode & 07777U;
        make_old(dir, 0666);
        const bool replaced = put(dir, {.new_mode = 0777, .obey_umask = true}, how).has_value();
        ::umask(before);
        BOOST_TEST((made && replaced));
        BOOST_TEST(fresh == 0750U);
        BOOST_TEST((status(dir).st_mode & 07777U) == 0666U);
    }
}

BOOST_AUTO_TEST_CASE(what_vouched_for_the_old_content_goes) {
    const std::string capability("\x01\0\0\x02\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
    for (const auto how : both) {
        const temp_dir dir;
        make_old(dir, 07755);
        const bool capable = set(dir / "f", "security.capability", capability);
        if (!capable) BOOST_TEST_MESSAGE("not tested: file capabilities");
        check_put(dir, {}, how);
        BOOST_TEST((status(dir).st_mode & 07777U) == 0755U);
        BOOST_TEST(!attribute(dir / "f", "security.capability").has_value());
    }
}

BOOST_AUTO_TEST_CASE(the_owner_stays) {
    if (!is_root()) return;
    for (const auto how : both) {
        const temp_dir dir;
        make_old(dir, 0640);
        BOOST_REQUIRE(::chown((dir / "f").c_str(), someone, someone + 1) == 0);
        check_put(dir, {}, how);
        BOOST_TEST(status(dir).st_uid == someone);
        BOOST_TEST(status(dir).st_gid == someone + 1);
        BOOST_TEST((status(dir).st_mode & 07777U) == 0640U);
    }
}

BOOST_AUTO_TEST_CASE(a_group_that_may_not_be_given_lends_its_rights_to_no_other) {
    if (!is_root()) return;
    for (const auto how : both) {
        const temp_dir dir;
        BOOST_REQUIRE(::chmod(dir.path().c_str(), 0777) == 0);
        for (const auto& [before, after] :
             {std::pair{0660U, 0600U}, std::pair{0664U, 0644U}, std::pair{0707U, 0707U}}) {
            make_old(dir, before);
            BOOST_REQUIRE(::chown((dir / "f").c_str(), someone, someone) == 0);
            {
                const plain_user user;
                const auto done = put(dir, {}, how);
                BOOST_TEST(done.has_value());
            }
            BOOST_TEST(status(dir).st_uid == 65534U);
            BOOST_TEST((status(dir).st_mode & 07777U) == after);
        }
    }
}

BOOST_AUTO_TEST_CASE(extended_attributes_stay) {
    for (const auto how : both) {
        const temp_dir dir;
        make_old(dir, 0644);
        if (!set(dir / "f", "user.a", "one") || !set(dir / "f", "user.b", std::string(500, 'x'))) {
            BOOST_TEST_MESSAGE("skipped: no extended attributes here");
            return;
        }
        check_put(dir, {}, how);
        BOOST_TEST((attribute(dir / "f", "user.a") == "one"));
        BOOST_TEST((attribute(dir / "f", "user.b") == std::string(500, 'x')));
    }
}

BOOST_AUTO_TEST_CASE(an_access_acl_stays) {
    for (const auto how : both) {
        const temp_dir dir;
        make_old(dir, 0600);
        const auto acl = acl_of(0, someone, 4);
        if (!set(dir / "f", access_acl, acl)) {
            BOOST_TEST_MESSAGE("skipped: no ACLs here");
            return;
        }
        check_put(dir, {}, how);
        BOOST_TEST((attribute(dir / "f", access_acl) == acl));
        check_put(dir, {.mode = 0600}, how); // cuts the mask, as chmod does
        BOOST_TEST((status(dir).st_mode & 07777U) == 0600U);
    }
}

BOOST_AUTO_TEST_CASE(a_file_without_an_acl_gets_none_from_its_directory) {
    for (const auto how : both) {
        const temp_dir dir;
        make_old(dir, 0660);
        if (!set(dir.path().string(), "system.posix_acl_default", acl_of(7, someone, 7))) {
            BOOST_TEST_MESSAGE("skipped: no ACLs here");
            return;
        }
        check_put(dir, {}, how);
        BOOST_TEST(!attribute(dir / "f", access_acl).has_value());
        BOOST_TEST((status(dir).st_mode & 07777U) == 0660U);
    }
}

BOOST_AUTO_TEST_CASE(what_close_reports_is_no_success) {
    for (const auto how : both) {
        for (const bool durable : {true, false}) {
            const temp_dir dir;
            make_old(dir, 0644);
            closes_fail = true;
            const auto done = put(dir, {.durable = durable}, how);
            closes_fail = false;
            BOOST_TEST_REQUIRE(!done.has_value());
            BOOST_TEST((done.error().code == errc::no_space));
            BOOST_TEST(done.error().os_error == "EDQUOT");
            BOOST_TEST(!done.error().stored);
            BOOST_TEST(read_file(dir / "f") == "old");
            BOOST_TEST(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
