// Where a file goes, and names that are no text.

#include "support/cli_checks.hpp"
#include "support/terminal.hpp"
#include "support/tugd_process.hpp"

#include <unistd.h>

#include <filesystem>
#include <string>

using namespace tug::test;
namespace fs = std::filesystem;

BOOST_FIXTURE_TEST_SUITE(cli_names, tugd_fixture)

BOOST_AUTO_TEST_CASE(a_put_into_a_directory_keeps_the_name) {
    fs::create_directory(in_root("dir"));
    write_file(local / "own", "text");
    for (const std::string where : {":dir/", ":/dir/", ":", ":/"}) {
        BOOST_TEST_CONTEXT(where) {
            BOOST_TEST(tug({"put", local / "own", where}).exit_code == 0);
            const auto there = in_root(contains(where, "dir") ? "dir/own" : "own");
            BOOST_TEST(read_file(there) == "text");
            fs::remove(there);
        }
    }
    BOOST_TEST(tug({"put", local / "own", "tug://" + daemon.address()}).exit_code == 0);
    BOOST_TEST(read_file(in_root("own")) == "text");
    BOOST_TEST(tug({"put", local / "own", ":new/", "--make-parents"}).exit_code == 0);
    BOOST_TEST(read_file(in_root("new/own")) == "text");
    BOOST_TEST(tug({"repl"}, "put " + (local / "own") + " dir/\n").exit_code == 0);
    BOOST_TEST(read_file(in_root("dir/own")) == "text");
}

BOOST_AUTO_TEST_CASE(what_has_no_name_needs_one) {
    fs::create_directory(in_root("dir"));
    check_failed(tug({"put", "-", ":dir/"}, "x"), 2, "has no name");
    check_failed(tug({"put", "-", ":"}, "x"), 2, "has no name");
    check_failed(run({"tug", "put", "-", "127.0.0.1:dir/", "-P", "1"}), 2, "HOST:DIR/NAME"); // before it connects
    check_failed(tug({"get", ":", "x"}), 2, "no path");
}

BOOST_AUTO_TEST_CASE(a_directory_takes_a_file_under_its_own_name) {
    fs::create_directory(in_root("dir"));
    write_file(local / "own", "text");
    const auto stored = json_of(tug({"--json", "put", local / "own", ":dir"}));
    BOOST_TEST(stored.at("path").as_string() == "dir/own");
    BOOST_TEST(read_file(in_root("dir/own")) == "text");
    write_file(local / "own", "new");
    BOOST_TEST(tug({"put", "--in-place", local / "own", ":dir"}).exit_code == 0);
    BOOST_TEST(read_file(in_root("dir/own")) == "new");
    check_failed(tug({"put", "--no-overwrite", local / "own", ":dir"}), 1, "already_exists");
    check_failed(tug({"put", "-", ":dir"}, "x"), 1, "write HOST:DIR/NAME");
    fs::create_directory(in_root("dir/dir"));
    fs::create_directory(local / "sub");
    write_file(local / "sub/dir", "text");
    check_failed(tug({"put", local / "sub/dir", ":dir"}), 1, "is_directory");
    BOOST_TEST(tug({"put", "--on", daemon.address(), local / "own", ":dir/dir"}).exit_code == 0);
    BOOST_TEST(read_file(in_root("dir/dir/own")) == "new");
}

BOOST_AUTO_TEST_CASE(a_directory_in_the_way_says_what_to_write) {
    fs::create_directory(in_root("dir"));
    write_file(local / "own", "text");
    write_file(in_root("file"), "text");
    check_failed(tug({"get", ":file", local / "new/"}), 1, "there is no directory");
    check_failed(tug({"get", ":file", (local / "own") + "/"}), 1, "there is no directory");
    BOOST_TEST(!fs::exists(local / "new"));
    fs::create_directory(local / "new");
    BOOST_TEST(tug({"get", ":file", local / "new/"}).exit_code == 0);
    BOOST_TEST(read_file(local / "new/file") == "text");
}

BOOST_AUTO_TEST_CASE(bytes_pass_untouched) {
    check_output(tug({"exec", "--", "printf", "<%s>", "\xff", "a\xfe\x80"}), "<\xff><a\xfe\x80>");
    check_output(tug({"exec", "-e", "V=\xff", "--", "sh", "-c", "printf %s \"$V\""}), "\xff");
    fs::create_directory(in_root("d\xff"));
    check_output(tug({"exec", "-w", "d\xff", "--", "sh", "-c", "printf %s \"${PWD##*/}\""}), "d\xff");
    write_file(local / "\xfe", "bytes");
    BOOST_TEST(tug({"put", local / "\xfe", ":d\xff/"}).exit_code == 0);
    BOOST_TEST(read_file(in_root("d\xff/\xfe")) == "bytes");
    const auto got = json_of(tug({"get", "--json", ":d\xff/\xfe", local / "plain"}));
    BOOST_TEST(got.at("path").at("base64").as_string() == "ZP8v/g==");
    BOOST_TEST(got.at("local").as_string() == local / "plain");
    check_output(tug({"repl"}, "get d\xff/\xfe -\n"), "bytes");
}

BOOST_AUTO_TEST_CASE(messages_show_bytes_as_ls_does) {
    check_failed(tug({"put", local / "\xfe", ":x"}), 1, "\\376");
    check_failed(tug({"exec", "-e", "a\xff", "--", "true"}), 125, "-e 'a'$'\\377' sets no variable");
    check_failed(tug({"get", ":f", "no\xff/"}), 1, "'no'$'\\377''/'");
    const auto failed = tug({"get", "--json", ":nowhere\xff", local / "out"});
    BOOST_TEST(json_of(failed).at("error").at("name").as_string() == "not_found");
}

BOOST_AUTO_TEST_CASE(no_bar_where_the_content_is_shown) {
    write_file(in_root("file"), std::string(3 * 1024 * 1024, 'x'));
    for (const bool named : {false, true}) {
        terminal t;
        const std::string to = named ? ::ttyname(t.inner()) : "-";
        auto p = start_tug({"get", ":file", to}, {}, {.out = t.inner(), .err = t.inner()});
        t.close_inner();
        const auto& screen = t.rest();
        BOOST_TEST(p.wait() == 0);
        BOOST_TEST(!contains(screen, "\x1b"), "a bar");
        BOOST_TEST(contains(screen, "digest matched"));
    }
    terminal t;
    auto p = start_tug({"put", "-", ":typed"}, {}, {.in = t.inner(), .err = t.inner()});
    t.close_inner();
    t.type("a line\n\x04");
    const auto& screen = t.rest();
    BOOST_TEST(p.wait() == 0);
    BOOST_TEST(!contains(screen, "\x1b"), screen);
    BOOST_TEST(read_file(in_root("typed")) == "a line\n");
}

BOOST_AUTO_TEST_CASE(in_place_and_no_follow) {
    write_file(in_root("real"), "old");
    fs::create_hard_link(in_root("real"), in_root("twin"));
    const auto put = tug({"put", "--json", "--in-place", "-", ":real"}, "new");
    BOOST_TEST(json_of(put).at("in_place").as_bool());
    BOOST_TEST(read_file(in_root("twin")) == "new");
    fs::create_symlink("real", in_root("link"));
    BOOST_TEST(tug({"put", "-", ":link"}, "through").exit_code == 0);
    BOOST_TEST(read_file(in_root("real")) == "through");
    BOOST_TEST(tug({"put", "--no-follow", "-", ":link"}, "own").exit_code == 0);
    BOOST_TEST(!fs::is_symlink(in_root("link")));
    BOOST_TEST(read_file(in_root("real")) == "through");
}

BOOST_AUTO_TEST_SUITE_END()
