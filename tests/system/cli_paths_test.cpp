// ls, stat, mkdir, rm, mv, ln, chmod and df.

#include "support/cli_checks.hpp"
#include "support/tugd_process.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
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
    check_output(tug({"ls", "-d", ":"}), ".\n");
}

BOOST_AUTO_TEST_CASE(listings_in_another_order) {
    fs::create_directories(in_root("d"));
    const auto make = [&](const std::string& name, std::size_t size, int age) {
        write_file(in_root("d/" + name), std::string(size, 'x'));
        fs::last_write_time(in_root("d/" + name), fs::file_time_type::clock::now() - std::chrono::hours(age));
    };
    make("a", 2'048, 2);
    make("b", 1, 1);
    make("c", 10, 3);
    check_output(tug({"ls", "-1", ":d"}), "a\nb\nc\n");
    check_output(tug({"ls", "-r", ":d"}), "c\nb\na\n");
    check_output(tug({"ls", "-t", ":d"}), "b\na\nc\n");
    check_output(tug({"ls", "-tr", ":d"}), "c\na\nb\n");
    check_output(tug({"ls", "-S", ":d"}), "a\nc\nb\n");
    BOOST_TEST(contains(tug({"ls", "-lh", ":d/a"}).out, " 2.0K "));
    BOOST_TEST(contains(tug({"ls", "--help"}).out, "--human-readable"));
}

BOOST_AUTO_TEST_CASE(listings_of_several) {
    fs::create_directories(in_root("d/sub"));
    fs::create_directories(in_root("e"));
    write_file(in_root("d/b"), "");
    write_file(in_root("e/x"), "");
    write_file(in_root("file"), "");
    check_output(tug({"ls", ":d", ":e"}), "d:\nb\nsub\n\ne:\nx\n");
    const auto all = tug({"ls", ":d", ":nothing", ":file", ":e"});
    BOOST_TEST(all.exit_code == 1);
    BOOST_TEST(all.out == "file\n\nd:\nb\nsub\n\ne:\nx\n");
    BOOST_TEST(contains(all.err, "not_found"), all.err);
    check_output(tug({"ls", "-d", ":d", ":e"}), "d\ne\n");
    BOOST_TEST(contains(tug({"ls", "--json", ":d", ":e"}).out, R"("path":"e/x")"));
}

BOOST_AUTO_TEST_CASE(several_names_go_into_a_directory) {
    fs::create_directories(in_root("d"));
    for (const auto* name : {"a", "b", "c"}) write_file(in_root(name), name);
    check_failed(tug({"mv", ":a", ":b", ":c"}), 2, "no directory");
    check_output(tug({"mv", ":a", ":b", ":d"}), "");
    BOOST_TEST(read_file(in_root("d/a")) == "a");
    BOOST_TEST(read_file(in_root("d/b")) == "b");
    const auto some = tug({"mv", ":nothing", ":c", ":d/"});
    BOOST_TEST(some.exit_code == 1);
    BOOST_TEST(contains(some.err, "not_found"), some.err);
    BOOST_TEST(read_file(in_root("d/c")) == "c");
}

BOOST_AUTO_TEST_CASE(patterns_in_the_last_name) {
    fs::create_directories(in_root("d"));
    for (const auto* name : {"a.o", "b.o", "c", ".h.o"}) write_file(in_root("d/" + std::string(name)), name);
    check_output(tug({"ls", ":d/*.o"}), "d/a.o\nd/b.o\n");
    check_output(tug({"ls", ":d/.*"}), "d/.h.o\n");
    check_output(tug({"cat", ":d/[bc]*"}), "b.oc");
    check_output(tug({"chmod", "600", ":d/?.o"}), "");
    BOOST_TEST(mode_of(in_root("d/b.o")) == 0600U);
    check_failed(tug({"stat", ":d/*.none"}), 1, "not_found");
    check_output(tug({"rm", "-f", ":d/*.none"}), "");
    fs::create_directories(in_root("e"));
    check_output(tug({"mv", ":d/*.o", ":e"}), "");
    BOOST_TEST(fs::exists(in_root("e/a.o")));
    // Where there is no such directory the others go on.
    write_file(in_root("d/last"), "");
    BOOST_TEST(tug({"rm", ":none/*.o", ":d/last"}).exit_code == 1);
    BOOST_TEST(!fs::exists(in_root("d/last")));
    // What is called so is meant, and nothing else.
    write_file(in_root("e/*.o"), "");
    check_output(tug({"rm", ":e/*.o"}), "");
    BOOST_TEST(!fs::exists(in_root("e/*.o")));
    BOOST_TEST(fs::exists(in_root("e/a.o")));
    check_output(tug({"rm", ":e/*.o"}), "");
    BOOST_TEST(!fs::exists(in_root("e/a.o")));
}

BOOST_AUTO_TEST_CASE(changes_of_modes) {
    write_file(in_root("f"), "");
    const auto after = [&](const std::string& mode, unsigned from) {
        BOOST_REQUIRE(::chmod(in_root("f").c_str(), from) == 0);
        check_output(tug({"chmod", mode, ":f"}), "");
        return mode_of(in_root("f"));
    };
    BOOST_TEST(after("u+x,go-w", 0666) == 0744U);
    BOOST_TEST(after("-x", 0755) == 0644U);
    BOOST_TEST(after("a=r", 0777) == 0444U);
    check_failed(tug({"chmod", "u+s", ":f"}), 2, "setuid");
    check_failed(tug({"chmod", "u+x"}), 2, "no path");
    BOOST_REQUIRE(::chmod(in_root("f").c_str(), 04711) == 0);
    check_failed(tug({"chmod", "u+r", ":f"}), 1, "setuid");
    BOOST_TEST(mode_of(in_root("f")) == 04711U);
}

BOOST_AUTO_TEST_CASE(modes_of_a_tree) {
    fs::create_directories(in_root("d/e"));
    write_file(in_root("outside"), "");
    write_file(in_root("d/f"), "");
    write_file(in_root("d/e/g"), "");
    fs::create_symlink("../outside", in_root("d/link"));
    for (const auto* name : {"outside", "d/f", "d/e/g"}) BOOST_REQUIRE(::chmod(in_root(name).c_str(), 0600) == 0);
    for (const auto* name : {"d/e", "d"}) BOOST_REQUIRE(::chmod(in_root(name).c_str(), 0700) == 0);
    check_output(tug({"chmod", "-R", "go+rX", ":d"}), "");
    BOOST_TEST(mode_of(in_root("d")) == 0755U);
    BOOST_TEST(mode_of(in_root("d/e")) == 0755U);
    BOOST_TEST(mode_of(in_root("d/f")) == 0644U);
    BOOST_TEST(mode_of(in_root("d/e/g")) == 0644U);
    BOOST_TEST(mode_of(in_root("outside")) == 0600U);
    BOOST_REQUIRE(::chmod(in_root("d/f").c_str(), 04711) == 0);
    const auto some = tug({"chmod", "-R", "o-r", ":d"});
    BOOST_TEST(some.exit_code == 1);
    BOOST_TEST(contains(some.err, "d/f"), some.err);
    BOOST_TEST(mode_of(in_root("d/e/g")) == 0640U);
    BOOST_TEST(mode_of(in_root("d/f")) == 04711U);
    check_output(tug({"chmod", "-R", "700", ":d"}), "");
    BOOST_TEST(mode_of(in_root("d/e/g")) == 0700U);
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
