// Directories: put, get, cp and sync.

#include "support/cli_checks.hpp"
#include "support/sample_tree.hpp"
#include "support/temp_dir.hpp"
#include "support/tugd_process.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

using namespace tug::test;

namespace {

struct with_tree : tugd_fixture {
    temp_dir here;
    fs::path tree = fs::path(here / "tree");

    with_tree() {
        fs::create_directory(tree);
        make_sample_tree(tree);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cli_trees, with_tree)

BOOST_AUTO_TEST_CASE(there_and_back) {
    const auto expected = picture(tree);
    check_output(tug({"put", tree, ":"}), "");
    BOOST_TEST((picture(in_root("tree")) == expected));
    check_output(tug({"put", tree.string() + "/", ":new"}), "");
    BOOST_TEST((picture(in_root("new")) == expected));
    check_output(tug({"get", ":new", here.path()}), "");
    BOOST_TEST((picture(here / "new") == expected));
    check_output(tug({"get", ":new/.", here / "other"}), "");
    BOOST_TEST((picture(here / "other") == expected));
    check_failed(tug({"put", "--no-overwrite", tree, ":"}), 1, "already_exists");
    write_text(in_root("tree/extra"), "");
    check_output(tug({"put", tree, ":"}), "");
    BOOST_TEST(fs::exists(in_root("tree/extra")));
    check_output(tug({"put", "--replace", tree, ":"}), "");
    BOOST_TEST((picture(in_root("tree")) == expected));
    const auto said = json_of(tug({"--json", "put", tree, ":json"}));
    BOOST_TEST(said.at("files").to_number<int>() == 7);
}

BOOST_AUTO_TEST_CASE(what_changes_is_listed) {
    const fs::path small = here / "small";
    fs::create_directories(small / "d");
    write_text(small / "a", "1");
    write_text(small / "d/b\n", "2");
    check_output(tug({"sync", "-n", small, ":copy"}), "./\na\nd/\nd/b\n\n");
    BOOST_TEST(!fs::exists(in_root("copy")));
    check_output(tug({"sync", "-n", "-q", small, ":copy"}), "");
    check_output(tug({"sync", "-av", small, ":copy"}), "./\na\nd/\nd/b\n\n");
    check_output(tug({"sync", "-i", small, ":copy"}), "");
    write_text(here / "patterns", "# not these\nd/\n\n*.o\n");
    check_output(tug({"sync", "-n", "--exclude-from", here / "patterns", small, ":other"}), "./\na\n");
    check_output(tug({"put", "--exclude-from", "-", small, ":"}, "d/\n"), "");
    BOOST_TEST(!fs::exists(in_root("small/d")));
    BOOST_TEST(fs::exists(in_root("small/a")));
    write_text(in_root("copy/extra"), "");
    set_time(in_root("copy"), 5, 5);
    set_time(small, 5, 5);
    check_output(tug({"sync", "-n", "--delete", small, ":copy"}), "deleting extra\n");
    const auto lines = tug({"sync", "--json", "-i", "--delete", small, ":copy"}).out;
    BOOST_TEST(lines.starts_with("{\"change\":\"removed\",\"path\":\"extra\"}\n{\"path\":"), lines);
    check_output(tug({"sync", "-n", ":copy", here / "back"}), "./\na\nd/\nd/b\n\n");
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    auto p = start_tug({"sync", "-i", ":copy", here / "back"}, {}, {.out = full});
    ::close(full);
    const int code = p.wait();
    check_failed({code, "", p.err()}, 1, "cannot be written");
    BOOST_TEST(!fs::exists(here / "back"));
}

BOOST_AUTO_TEST_CASE(a_directory_becomes_as_another) {
    const auto expected = picture(tree);
    check_output(tug({"sync", tree, ":copy"}), "");
    BOOST_TEST((picture(in_root("copy")) == expected));
    write_text(in_root("copy/extra.o"), "");
    write_text(in_root("copy/extra"), "");
    auto said = json_of(tug({"--json", "sync", "--delete", "--exclude", "*.o", "--dry-run", tree, ":copy"}));
    BOOST_TEST(said.at("removed").to_number<int>() == 1);
    BOOST_TEST(said.at("files").to_number<int>() == 0);
    BOOST_TEST(fs::exists(in_root("copy/extra")));
    check_output(tug({"sync", "--delete", "--exclude", "*.o", tree, ":copy"}), "");
    BOOST_TEST(!fs::exists(in_root("copy/extra")));
    BOOST_TEST(fs::exists(in_root("copy/extra.o")));
    said = json_of(tug({"--json", "sync", "--delete", "-c", tree, ":copy"}));
    BOOST_TEST(said.at("unchanged").to_number<int>() == 12);
    check_output(tug({"sync", "--delete", ":copy", here / "back"}), "");
    BOOST_TEST((picture(here / "back") == expected));
    check_failed(tug({"sync", tree, "x"}), 2, "no path is on a host");
    check_failed(tug({"sync", "--replace", "--delete", tree, ":copy"}), 2, "--replace");
    write_text(in_root("copy/extra"), "");
    said = json_of(tug({"--json", "sync", "--replace", tree, ":copy"}));
    BOOST_TEST(said.at("files").to_number<int>() == 0);
    BOOST_TEST(said.at("removed").to_number<int>() == 1);
    BOOST_TEST((picture(in_root("copy")) == expected));
}

/// On this host only where it is asked for; the content decides where times do not.
BOOST_AUTO_TEST_CASE(large_files_as_what_differs) {
    const std::string image(3'000'000, 'x');
    const auto change = [&](const fs::path& file, char to) {
        write_text(file, image.substr(1) + to);
        set_time(file, to, 0);
    };
    const auto patched = [&](std::vector<std::string> words) {
        words.insert(words.begin(), "--json");
        const auto said = json_of(tug(std::move(words)));
        BOOST_TEST(said.at("files").to_number<int>() == 1);
        const auto count = said.at("patched").to_number<int>();
        BOOST_TEST((said.at("reused").to_number<std::size_t>() > 2'900'000) == (count == 1));
        return count;
    };
    write_text(tree / "image", image);
    check_output(tug({"put", tree, ":"}), "");
    check_output(tug({"get", ":tree", here / "back"}), "");
    change(tree / "image", 'a');
    BOOST_TEST(patched({"sync", tree, ":tree"}) == 0);
    change(tree / "image", 'b');
    BOOST_TEST(patched({"sync", "--delta", tree, ":tree"}) == 1);
    BOOST_TEST(patched({"sync", "--delta", "--replace", ":tree", here / "back"}) == 1);
    change(tree / "image", 'c');
    BOOST_TEST(patched({"put", "--delta", tree, ":"}) == 1);
    BOOST_TEST(patched({"get", "--delta", ":tree/.", here / "back"}) == 1);
    change(tree / "image", 'd');
    BOOST_TEST(patched({"cp", "--delta", tree, ":"}) == 1);
    BOOST_TEST((picture(in_root("tree")) == picture(tree)));
    change(tree / "image", 'e');
    const auto planned = tug({"sync", "--delta", "-vn", tree, ":tree"});
    BOOST_TEST(contains(planned.err, "(2.9 MiB, 1 of them as what differs)"), planned.err);
    const auto said = tug({"sync", "--delta", "-v", tree, ":tree"});
    BOOST_TEST(contains(said.err, "MiB of it not sent), "), said.err);
}

BOOST_AUTO_TEST_CASE(copies) {
    const auto expected = picture(tree);
    write_text(here / "file", "12345");
    check_output(tug({"cp", tree, here / "file", ":"}), "");
    BOOST_TEST((picture(in_root("tree")) == expected));
    BOOST_TEST(content(in_root("file")) == "12345");
    fs::create_directory(in_root("there"));
    check_output(tug({"cp", ":file", ":tree", ":there"}), "");
    BOOST_TEST((picture(in_root("there/tree")) == expected));
    BOOST_TEST(content(in_root("there/file")) == "12345");
}

BOOST_AUTO_TEST_CASE(from_host_to_host_and_patterns) {
    const auto expected = picture(tree);
    check_output(tug({"put", tree, ":a"}), "");
    check_output(tug({"cp", ":a", ":b"}), "");
    BOOST_TEST((picture(in_root("b")) == expected));
    write_text(in_root("one.txt"), "1");
    write_text(in_root("two.txt"), "22");
    write_text(in_root(".hidden.txt"), "");
    check_output(tug({"cp", ":one.txt", ":b/one"}), "");
    BOOST_TEST(content(in_root("b/one")) == "1");
    fs::create_directory(here / "to");
    check_output(tug({"cp", ":*.txt", here / "to"}), "");
    BOOST_TEST(content(here / "to/two.txt") == "22");
    BOOST_TEST(!fs::exists(here / "to/.hidden.txt"));
    check_failed(tug({"cp", ":*.none", here / "to"}), 1, "not_found");
    check_failed(tug({"cp", ":one.txt", ":two.txt", here / "no"}), 2, "no directory");
    check_failed(tug({"cp", here / "file", here / "to"}), 2, "no path is on a host");
}

BOOST_AUTO_TEST_CASE(what_is_left_out_is_said) {
    BOOST_REQUIRE(::mkfifo((tree / "fifo").c_str(), 0600) == 0);
    const auto said = tug({"put", tree, ":x"});
    BOOST_TEST(said.exit_code == 0);
    BOOST_TEST(contains(said.err, "'fifo' is skipped: it is a fifo"), said.err);
}

BOOST_AUTO_TEST_SUITE_END()
