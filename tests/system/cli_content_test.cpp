// sum, cat, du, find, touch, edit, watch, and cp within a host.

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

BOOST_FIXTURE_TEST_SUITE(cli_content, tugd_fixture)

BOOST_AUTO_TEST_CASE(sums) {
    write_file(in_root("empty"), "");
    write_file(in_root("a\nb"), "");
    check_output(tug({"sum", ":empty"}), "99aa06d3014798d86001c324468d497f  empty\n");
    check_output(tug({"sum", "--sha256", ":a\nb"}),
                 "\\e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a\\nb\n");
    fs::create_directories(in_root("d/e"));
    write_file(in_root("d/e/f"), "");
    check_output(tug({"sum", "-r", ":d"}), "99aa06d3014798d86001c324468d497f  d/e/f\n");
    check_failed(tug({"sum", ":d"}), 1, "is_directory");
    BOOST_TEST(json_of(tug({"sum", "--json", ":empty"})).at("digest").as_string() ==
               "xxh3-128:99aa06d3014798d86001c324468d497f");
    const auto some = tug({"sum", ":nothing", ":empty"});
    BOOST_TEST(some.exit_code == 1);
    BOOST_TEST(contains(some.out, "  empty\n"));
}

BOOST_AUTO_TEST_CASE(sums_that_are_checked) {
    fs::create_directories(in_root("d/e"));
    write_file(in_root("d/a"), "one");
    write_file(in_root("d/b\nc"), "two");
    write_file(in_root("d/e/f"), "three");
    const auto list = local / "sums";
    write_file(list, tug({"sum", "-r", "--sha256", ":d"}).out);
    check_output(tug({"sum", "-c", list, ":"}), "d/a: OK\nd/b\nc: OK\nd/e/f: OK\n");
    check_output(tug({"sum", "-q", "-c", list, ":"}), "");
    check_output(tug({"sum", "-q", "-c", "-", ":"}, read_file(list)), "");
    write_file(in_root("d/a"), "other");
    fs::remove(in_root("d/e/f"));
    const auto some = tug({"sum", "-c", list, ":"});
    BOOST_TEST(some.exit_code == 1);
    BOOST_TEST(contains(some.out, "d/a: FAILED\n"));
    BOOST_TEST(contains(some.out, "d/e/f: FAILED to read: not_found\n"));
    BOOST_TEST(contains(some.err, "1 file did not match"));
    BOOST_TEST(contains(some.err, "1 file could not be read"));
    // Names below the directory that was given; kinds and forms may be mixed.
    write_file(list, tug({"sum", ":d/a"}).out.substr(0, 32) + "  a\nno sum\n");
    const auto below = tug({"sum", "-c", list, ":d"});
    BOOST_TEST(below.exit_code == 0);
    BOOST_TEST(below.out == "a: OK\n");
    BOOST_TEST(contains(below.err, "1 lines are no sums"));
    BOOST_TEST(json_of(tug({"sum", "-c", list, "--json", ":d"})).at("check") == "OK");
    write_file(list, "");
    check_failed(tug({"sum", "-c", list, ":d"}), 1, "holds no sums");
    check_failed(tug({"sum", "-c", list, "-r", ":d"}), 2, "--check takes one path");
    check_failed(tug({"sum", "-c", local / "none", ":d"}), 1, "none");
}

/// The bytes stay on the host; where it goes is as cp has it.
BOOST_AUTO_TEST_CASE(directories_that_are_copied_on_the_host) {
    fs::create_directories(in_root("d/e"));
    write_file(in_root("d/e/f"), "three");
    const auto said = json_of(tug({"cp", "--json", ":d", ":copy"}));
    BOOST_TEST(said.at("files").to_number<int>() == 1);
    BOOST_TEST(read_file(in_root("copy/e/f")) == "three");
    BOOST_TEST(tug({"cp", ":d", ":copy"}).exit_code == 0);
    BOOST_TEST(read_file(in_root("copy/d/e/f")) == "three");
    BOOST_TEST(tug({"cp", "--replace", "--exclude", "f", ":d/e", ":copy/e"}).exit_code == 0);
    BOOST_TEST(!fs::exists(in_root("copy/e/e/f")));
    check_failed(tug({"cp", ":d", ":d/e"}), 1, "itself, or in it");
}

BOOST_AUTO_TEST_CASE(copies_on_the_host) {
    write_file(in_root("a"), "content");
    ::chmod(in_root("a").c_str(), 0640);
    const auto said = json_of(tug({"cp", "--json", ":a", ":b"}));
    BOOST_TEST(said.contains("reflink"));
    BOOST_TEST(read_file(in_root("b")) == "content");
    struct stat st{};
    BOOST_REQUIRE(::stat(in_root("b").c_str(), &st) == 0);
    BOOST_TEST((st.st_mode & 0777U) == 0640U);
    fs::create_directory(in_root("d"));
    check_output(tug({"cp", ":a", ":b", ":d"}), "");
    BOOST_TEST(read_file(in_root("d/b")) == "content");
}

BOOST_AUTO_TEST_CASE(contents) {
    write_file(in_root("a"), "0123456789");
    write_file(in_root("b"), "abc");
    check_output(tug({"cat", ":a", ":b"}), "0123456789abc");
    check_output(tug({"cat", "--offset", "8", ":a"}), "89");
    check_output(tug({"cat", "--offset", "2", "--length", "3", ":a"}), "234");
    check_output(tug({"cat", "--head", "2", ":a", ":b"}), "01ab");
    check_output(tug({"cat", "--tail", "4", ":a", ":b"}), "6789abc");
    check_failed(tug({"cat", "--tail", "4", "--head", "2", ":a"}), 2, "--tail");
    const auto some = tug({"cat", ":nothing", ":b"});
    BOOST_TEST(some.exit_code == 1);
    BOOST_TEST(some.out == "abc");
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    auto p = start_tug({"cat", ":a", ":b"}, {}, {.out = full});
    ::close(full);
    const int code = p.wait();
    check_failed({code, "", p.err()}, 1, "No space left");
}

BOOST_AUTO_TEST_CASE(how_large) {
    fs::create_directories(in_root("d/e"));
    write_file(in_root("d/e/f"), std::string(2'000, 'x'));
    write_file(in_root("d/g"), "12345");
    const auto inner = fs::file_size(in_root("d/g")) - 5; // 0
    struct stat st{};
    BOOST_REQUIRE(::stat(in_root("d/e").c_str(), &st) == 0);
    const auto e = static_cast<std::uint64_t>(st.st_size) + 2'000 + inner;
    BOOST_REQUIRE(::stat(in_root("d").c_str(), &st) == 0);
    const auto d = static_cast<std::uint64_t>(st.st_size) + e + 5;
    check_output(tug({"du", ":d"}), std::to_string(e) + "\td/e\n" + std::to_string(d) + "\td\n");
    check_output(tug({"du", "-s", ":d"}), std::to_string(d) + "\td\n");
    check_output(tug({"du", ":d/g"}), "5\td/g\n");
    BOOST_REQUIRE(::stat(in_root(".").c_str(), &st) == 0);
    const auto root = static_cast<std::uint64_t>(st.st_size) + d;
    check_output(tug({"du", ":/"}),
                 std::to_string(e) + "\t/d/e\n" + std::to_string(d) + "\t/d\n" + std::to_string(root) + "\t/\n");
    BOOST_TEST(contains(tug({"du", "-h", ":d/e/f"}).out, "2.0K\td/e/f\n"));
    BOOST_TEST(contains(tug({"du", "--help"}).out, "--human-readable"));
    check_failed(tug({"du", ":nothing"}), 1, "not_found");
}

BOOST_AUTO_TEST_CASE(paths_that_pass_tests) {
    fs::create_directories(in_root("d/e"));
    write_file(in_root("d/a.log"), std::string(3'000, 'x'));
    write_file(in_root("d/e/b.log"), "");
    fs::create_symlink("a.log", in_root("d/l"));
    check_output(tug({"find", ":d"}), "d\nd/a.log\nd/e\nd/e/b.log\nd/l\n");
    check_output(tug({"find", ":d", "-name", "*.log", "-size", "+1"}), "d/a.log\n");
    check_output(tug({"find", "--type", "l", ":d"}), "d/l\n");
    check_output(tug({"find", ":d", "-type", "d,l", "-print0"}), std::string("d\0d/e\0d/l\0", 10));
    check_output(tug({"find", ":d", "-path", "d*b.log"}), "d/e/b.log\n");
    check_output(tug({"find", ":d", "-maxdepth", "1", "-name", "*.log"}), "d/a.log\n");
    check_output(tug({"find", ":d", "-maxdepth", "0"}), "d\n");
    check_output(tug({"touch", "-d", "@1", ":d/a.log"}), "");
    check_output(tug({"find", ":d", "-mtime", "+100"}), "d/a.log\n");
    check_output(tug({"find", ":d", "-newer", ":d/a.log", "-type", "f"}), "d/e/b.log\n");
    check_failed(tug({"find", ":d", "-type", "x"}), 2, "no type");
    check_failed(tug({"find", ":d", "-size", "big"}), 2, "--size");
    check_failed(tug({"find", ":nothing"}), 1, "not_found");
}

BOOST_AUTO_TEST_CASE(times_and_empty_files) {
    check_output(tug({"touch", ":new"}), "");
    BOOST_TEST(read_file(in_root("new")) == "");
    check_output(tug({"touch", "-c", ":other"}), "");
    BOOST_TEST(!fs::exists(in_root("other")));
    write_file(in_root("new"), "kept");
    check_output(tug({"touch", "-d", "@-5", ":new"}), "");
    BOOST_TEST(read_file(in_root("new")) == "kept");
    struct stat st{};
    BOOST_REQUIRE(::stat(in_root("new").c_str(), &st) == 0);
    BOOST_TEST(st.st_mtim.tv_sec == -5);
    check_output(tug({"touch", "-d", "1970-01-01 00:00:05", ":new"}, {}, {{"TZ", "UTC"}}), "");
    BOOST_REQUIRE(::stat(in_root("new").c_str(), &st) == 0);
    BOOST_TEST(st.st_mtim.tv_sec == 5);
    check_failed(tug({"touch", "-d", "soon", ":new"}), 2, "no time");
    check_failed(tug({"touch", ":no/new"}), 1, "not_found");
}

BOOST_AUTO_TEST_CASE(a_file_is_edited) {
    write_file(in_root("f"), "old\n");
    ::chmod(in_root("f").c_str(), 0750);
    const environment appends{{"VISUAL", "sh -c 'echo more >> \"$1\"' sh"}, {"TMPDIR", local.path()}};
    check_output(tug({"edit", ":f"}, {}, appends), "");
    BOOST_TEST(read_file(in_root("f")) == "old\nmore\n");
    struct stat st{};
    BOOST_REQUIRE(::stat(in_root("f").c_str(), &st) == 0);
    BOOST_TEST((st.st_mode & 0777U) == 0750U);
    check_output(tug({"edit", ":new"}, {}, appends), "");
    BOOST_TEST(read_file(in_root("new")) == "more\n");
    const auto left = [&] {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(local.path()))
            if (entry.path().filename().string().starts_with("tug-edit-")) names.push_back(entry.path().string());
        return names;
    };
    BOOST_TEST(left().empty());
    const environment leaves{{"EDITOR", "true"}, {"TMPDIR", local.path()}};
    check_output(tug({"edit", ":f"}, {}, leaves), "");
    BOOST_TEST(read_file(in_root("f")) == "old\nmore\n");
    BOOST_TEST(left().empty());
    const environment fails{{"EDITOR", "false"}, {"TMPDIR", local.path()}};
    BOOST_TEST(tug({"edit", ":f"}, {}, fails).exit_code == 1);
    // Another one was faster: nothing is lost.
    const environment raced{{"EDITOR", "sh -c 'echo theirs > " + in_root("f") + "; echo mine > \"$1\"' sh"},
                            {"TMPDIR", local.path()}};
    check_failed(tug({"edit", ":f"}, {}, raced), 1, "was changed on the host meanwhile");
    BOOST_TEST(read_file(in_root("f")) == "theirs\n");
    BOOST_REQUIRE(left().size() == 1U);
    BOOST_TEST(read_file(left().front() + "/f") == "mine\n");
}

BOOST_AUTO_TEST_CASE(events) {
    fs::create_directory(in_root("d"));
    auto p = start_tug({"watch", "-r", ":d"});
    p.await_out("ready .\n");
    write_file(in_root("d/a"), "");
    p.await_out("created a\n");
    fs::rename(in_root("d/a"), in_root("d/b"));
    p.await_out("renamed a -> b\n");
    fs::remove_all(in_root("d"));
    BOOST_TEST(p.wait() == 0);
    BOOST_TEST(contains(p.out(), "removed .\n"), p.out());
    check_failed(tug({"watch", ":nothing"}), 1, "not_found");
}

BOOST_AUTO_TEST_CASE(a_command_at_changes) {
    fs::create_directory(in_root("d"));
    auto p = start_tug({"watch", "-v", ":d", "--", "sh", "-c", "cat \"$0\"", in_root("d/a")});
    p.await_err("watching");
    write_file(in_root("d/a"), "first\n");
    p.await_out("first\n");
    write_file(in_root("d/a"), "second\n");
    p.await_out("second\n");
    write_file(in_root("d/a"), "last\n");
    p.await_out("last\n");
    fs::remove_all(in_root("d"));
    BOOST_TEST(p.wait() == 1); // the file has gone when the command runs for the last time
}

BOOST_AUTO_TEST_SUITE_END()
