// ls, stat, mkdir, rm, mv, ln, chmod and df.

#include "support/cli_checks.hpp"
#include "support/tugd_process.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

using namespace tug::test;
namespace fs = std::filesystem;

namespace {

unsigned mode_of(const std::string& path) {
    struct stat status{};
    BOOST_REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(cli_paths, tugd_fixture)

BOOST_AUTO_TEST_CASE(directories_and_names) {
    check_output(tug({"mkdir", "-p", ":a/b/c"}), "");
    check_failed(tug({"mkdir", ":a"}), 1, "already_exists");
    check_output(tug({"mkdir", "-m", "0700", ":a/d", ":a/e"}), "");
    BOOST_TEST(mode_of(in_root("a/e")) == 0700U);
    check_failed(tug({"mkdir", "-m", "8", ":x"}), 2, "octal");
    write_file(in_root("a/file"), "12345");
    check_output(tug({"mv", ":a/file", ":a/b"}), ""); // into the directory
    BOOST_TEST(fs::exists(in_root("a/b/file")));
    check_output(tug({"mv", ":a/b/file", ":a/other"}), "");
    write_file(in_root("a/third"), "third");
    check_failed(tug({"mv", "-n", ":a/third", ":a/other"}), 1, "already_exists");
    check_output(tug({"mv", "--exchange", ":a/third", ":a/other"}), "");
    BOOST_TEST(read_file(in_root("a/other")) == "third");
    check_output(tug({"ln", "-s", "b/any where", ":a/link"}), "");
    BOOST_TEST(fs::read_symlink(in_root("a/link")).string() == "b/any where");
    check_output(tug({"ln", ":a/other", ":a/second"}), "");
    BOOST_TEST(fs::hard_link_count(in_root("a/second")) == 2U);
    check_output(tug({"chmod", "640", ":a/other", ":a/third"}), "");
    BOOST_TEST(mode_of(in_root("a/third")) == 0640U);
}

BOOST_AUTO_TEST_CASE(listings) {
    fs::create_directories(in_root("d/sub"));
    write_file(in_root("d/b"), "12345");
    write_file(in_root("d/.hidden"), "");
    write_file(in_root("d/sub/x"), "");
    write_file(in_root("d/\xff\n"), "");
    fs::create_symlink("b", in_root("d/link"));
    fs::permissions(in_root("d/b"), fs::perms(0640));
    check_output(tug({"ls", ":d"}), "b\nlink\nsub\n\xff\n\n");
    check_output(tug({"ls", "-R", ":d"}), "b\nlink\nsub\nsub/x\n\xff\n\n");
    BOOST_TEST(contains(tug({"ls", "-a", ":d"}).out, ".hidden\n"));
    check_output(tug({"ls", ":d/b"}), "d/b\n");
    const auto lines = tug({"ls", "-l", ":d"}).out;
    BOOST_TEST(lines.starts_with("-rw-r-----   1 "), lines);
    BOOST_TEST(contains(lines, " b\n"), lines);
    BOOST_TEST(contains(lines, " link -> b\n"), lines);
    BOOST_TEST(contains(tug({"ls", "-ld", ":d"}).out, "drwx"));
    const auto entry = json_of(tug({"ls", "--json", ":d/b"}));
    BOOST_TEST(entry.at("size").to_number<int>() == 5);
    check_failed(tug({"ls", ":nothing"}), 1, "not_found");
    check_failed(tug({"ls", ":d", ":d/sub"}), 2, "one path");
    check_output(tug({"ls", "-d", ":"}), ".\n");
}

BOOST_AUTO_TEST_CASE(what_a_path_names) {
    write_file(in_root("b"), "12345");
    fs::create_symlink("b", in_root("link"));
    const auto text = tug({"stat", ":b", ":link"}).out;
    BOOST_TEST(contains(text, "  File: 'b'\n  Size: 5  Type: file"), text);
    BOOST_TEST(contains(text, "  File: 'link' -> 'b'\n"), text);
    BOOST_TEST(json_of(tug({"stat", "--json", ":link"})).at("target").as_string() == "b");
    BOOST_TEST(contains(tug({"df", ":"}).out, " in all, "));
    BOOST_TEST(json_of(tug({"df", "--json", ":"})).at("total_bytes").to_number<std::uint64_t>() > 0U);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written_is_a_failure) {
    write_file(in_root("b"), "12345");
    const std::vector<std::vector<std::string>> commands{
        {"ls", "-l", ":b"}, {"stat", ":b"}, {"stat", "--json", ":b"}, {"df", ":b"}, {"df", "--json", ":b"}};
    for (const auto& command : commands) {
        const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
        auto p = start_tug(command, {}, {.out = full});
        ::close(full);
        const int code = p.wait();
        check_failed({code, "", p.err()}, 1, "cannot be written");
    }
}

BOOST_AUTO_TEST_CASE(removal_goes_on_after_a_failure) {
    fs::create_directories(in_root("full/sub"));
    write_file(in_root("a"), "");
    const auto some = tug({"rm", ":nothing", ":full", ":a"});
    BOOST_TEST(some.exit_code == 1);
    BOOST_TEST(contains(some.err, "not_found"), some.err);
    BOOST_TEST(contains(some.err, "recursive"), some.err);
    BOOST_TEST(!fs::exists(in_root("a")));
    BOOST_TEST(fs::exists(in_root("full")));
    check_output(tug({"rm", "-f", ":nothing"}), "");
    check_output(tug({"rm", "-rf", ":full", ":nothing"}), "");
    BOOST_TEST(!fs::exists(in_root("full")));
    check_failed(tug({"rm"}), 2, "PATH");
    check_failed(tug({"rm", ":a", "other.example:b"}), 2, "another host");
    check_failed(tug({"mv", ":a"}), 2, "two paths");
}

BOOST_AUTO_TEST_SUITE_END()
