// put into a file that is there: for what may be written and not replaced.

#include "support/mounted.hpp"
#include "support/test_server.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

using namespace tug::test;
namespace fs = std::filesystem;

const std::string in_place = R"(,"in_place":true)";

/// Without root's rights, where the test has them, for the life of this object: so has the server of this process.
struct plain_user {
    static constexpr uid_t nobody = 65534;

    plain_user() { BOOST_REQUIRE(::seteuid(nobody) == 0); }

    plain_user(const plain_user&) = delete;
    plain_user& operator=(const plain_user&) = delete;

    ~plain_user() {
        if (::seteuid(0) != 0) std::abort();
        ::prctl(PR_SET_DUMPABLE, 1);
    }
};

struct connected {
    test_server server;
    raw_client c = server.connect();

    const received_call& put(std::string_view path, std::string_view content, std::string_view more = "") {
        const auto id = c.call("put", R"({"path":)" + json_text(path) + std::string(more) + "}");
        c.write(id, "data", content, true);
        return c.wait(id);
    }

    [[nodiscard]] struct stat status(std::string_view name) const {
        struct stat st{};
        BOOST_REQUIRE(::stat(server.in_root(name).c_str(), &st) == 0);
        return st;
    }

    /// An ordinary put fails and says what would do, which does.
    void check_way_out(std::string_view path, std::string_view error, std::string_view os_error) {
        const auto& refused = put(path, "new");
        BOOST_TEST(refused.error() == error);
        BOOST_TEST(refused.data("errno") == json_text(os_error));
        BOOST_TEST(boost::json::serialize(refused.answer->at("error")).find("--in-place") != std::string::npos);
        BOOST_TEST(put(path, "new", in_place).at("in_place") == "true");
        BOOST_TEST(read_file(server.in_root(path)) == "new");
    }
};

BOOST_FIXTURE_TEST_SUITE(server_in_place_test, connected)

BOOST_AUTO_TEST_CASE(the_file_stays_the_same_file) {
    write_file(server.in_root("a"), "a long text that was here before");
    ::chmod(server.in_root("a").c_str(), 0751);
    fs::create_hard_link(server.in_root("a"), server.in_root("b"));
    const auto before = status("a");
    const auto& answer = put("a", "short", in_place + R"(,"size":5,"new_mode":256,"mtime_ns":-1)");
    BOOST_TEST(answer.at("in_place") == "true");
    BOOST_TEST(answer.at("size") == "5");
    BOOST_TEST(answer.at("digest") == json_text(digest_of("short")));
    BOOST_TEST(read_file(server.in_root("b")) == "short");
    BOOST_TEST(status("a").st_ino == before.st_ino);
    BOOST_TEST((status("a").st_mode & 07777) == 0751U);
    BOOST_TEST(status("a").st_mtim.tv_sec == -1);
    const auto content = sample_bytes(900'000);
    BOOST_TEST(put("a", content, in_place + R"(,"mode":384,"durable":false)").error() == "");
    BOOST_TEST((read_file(server.in_root("b")) == content));
    BOOST_TEST((status("a").st_mode & 07777) == 0600U);
    BOOST_TEST(put("a", "", in_place).at("size") == "0");
    BOOST_TEST(status("a").st_size == 0);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_made) {
    const auto& answer = put("d/a", "text", in_place + R"(,"make_parents":true,"new_mode":384)");
    BOOST_TEST(answer.error() == "");
    BOOST_TEST(answer.at("in_place") == ""); // nothing was there to write into
    BOOST_TEST(read_file(server.in_root("d/a")) == "text");
    BOOST_TEST((status("d/a").st_mode & 07777) == 0600U);
}

BOOST_AUTO_TEST_CASE(links) {
    write_file(server.in_root("a"), "old");
    BOOST_REQUIRE(::symlink("a", server.in_root("link").c_str()) == 0);
    BOOST_REQUIRE(::symlink("new", server.in_root("dangling").c_str()) == 0);
    const auto before = status("a").st_ino;
    BOOST_TEST(put("link", "one", in_place).at("in_place") == "true");
    BOOST_TEST(read_file(server.in_root("a")) == "one");
    BOOST_TEST(status("a").st_ino == before);
    BOOST_TEST(put("dangling", "two", in_place).error() == "");
    BOOST_TEST(read_file(server.in_root("new")) == "two");
    BOOST_TEST(put("link", "three", in_place + R"(,"follow":false)").at("in_place") == ""); // the link was replaced
    BOOST_TEST(!fs::is_symlink(server.in_root("link")));
    BOOST_TEST(read_file(server.in_root("a")) == "one");
}

BOOST_AUTO_TEST_CASE(what_is_refused) {
    BOOST_REQUIRE(::mkdir(server.in_root("dir").c_str(), 0755) == 0);
    BOOST_REQUIRE(::mkfifo(server.in_root("fifo").c_str(), 0644) == 0);
    write_file(server.in_root("a"), "old");
    BOOST_TEST(put("dir", "x", in_place).error() == "is_directory");
    BOOST_TEST(put("a/", "x", in_place).error() == "is_directory");
    BOOST_TEST(put("fifo", "x", in_place).error() == "not_a_regular_file");
    BOOST_TEST(put("none/a", "x", in_place).error() == "not_found");
    BOOST_TEST(put("a", "x", in_place + R"(,"overwrite":false)").error() == "already_exists");
    BOOST_TEST(put(".tug-0123456789abcdef.tmp", "x", in_place).error() == "invalid_params");
    BOOST_TEST(read_file(server.in_root("a")) == "old");
}

/// Nothing is taken back: what was written before the failure stays, and the failure says so.
BOOST_AUTO_TEST_CASE(what_is_verified) {
    write_file(server.in_root("a"), "old and longer");
    const auto wrong = put("a", "new", in_place + R"(,"digest":)" + json_text(digest_of("other"))).error();
    BOOST_TEST(wrong == "digest_mismatch");
    BOOST_TEST(read_file(server.in_root("a")) == "new and longer");
    BOOST_TEST(put("a", "abc", in_place + R"(,"size":4)").error() == "size_mismatch");
    BOOST_TEST(put("a", "abc", in_place + R"(,"size":2)").error() == "size_mismatch");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_a_mount) {
    write_file(server.in_root("source"), "source");
    write_file(server.in_root("a"), "a");
    const auto over = mounted::bind(server.in_root("source"), server.in_root("a"));
    if (!over.done()) {
        BOOST_TEST_MESSAGE("skipped: may not mount");
        return;
    }
    check_way_out("a", "io_error", "EBUSY");
    BOOST_TEST(read_file(server.in_root("source")) == "new");
    BOOST_TEST(server.files() == "a source"); // and no temporary
}

BOOST_AUTO_TEST_CASE(a_directory_of_a_file_system_that_is_read_only) {
    BOOST_REQUIRE(::mkdir(server.in_root("d").c_str(), 0755) == 0);
    write_file(server.in_root("d/a"), "a");
    write_file(server.in_root("source"), "source");
    const auto itself = mounted::bind(server.in_root("d"), server.in_root("d"));
    const auto over = mounted::bind(server.in_root("source"), server.in_root("d/a"));
    if (!over.done() || !itself.make_read_only()) {
        BOOST_TEST_MESSAGE("skipped: may not mount");
        return;
    }
    check_way_out("d/a", "permission_denied", "EROFS");
    BOOST_TEST(put("d/new", "x", in_place).data("errno") == R"("EROFS")");
}

BOOST_AUTO_TEST_CASE(a_directory_that_may_not_be_written) {
    if (::geteuid() != 0) return;
    ::chmod(server.in_root("").c_str(), 0755);
    for (const auto* name : {"closed", "sticky"}) BOOST_REQUIRE(::mkdir(server.in_root(name).c_str(), 0711) == 0);
    ::chmod(server.in_root("sticky").c_str(), 01777);
    for (const auto* path : {"closed/a", "sticky/a"}) {
        write_file(server.in_root(path), "a");
        ::chmod(server.in_root(path).c_str(), 0666);
    }
    write_file(server.in_root("closed/secret"), "a");
    const plain_user nobody;
    check_way_out("closed/a", "permission_denied", "EACCES"); // it cannot even be read
    check_way_out("sticky/a", "permission_denied", "EPERM");
    BOOST_TEST(put("closed/a", "x", in_place + R"(,"mtime_ns":1)").error() == ""); // that is the owner's to set
    BOOST_TEST(put("closed/a", "y", in_place + R"(,"mode":384)").data("errno") == R"("EPERM")");
    BOOST_TEST(read_file(server.in_root("closed/a")) == "x");
    const auto& refused = put("closed/secret", "x");
    BOOST_TEST(refused.error() == "permission_denied");
    BOOST_TEST(boost::json::serialize(refused.answer->at("error")).find("--in-place") == std::string::npos);
    BOOST_TEST(put("closed/secret", "x", in_place).error() == "permission_denied");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
