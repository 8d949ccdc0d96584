#include "tree_transfer.hpp"

#include "support/temp_dir.hpp"

#include <tug/os/tree_changes.hpp>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

using namespace tug::os;
using namespace tug::os::test;
using tug::test::temp_dir;
using tug::test::write_text;
namespace fs = std::filesystem;

namespace {

/// "+a" for what is written, "~a" for attributes, "-a" for what goes.
std::string text_of(const std::vector<tree_change>& changes) {
    std::string out;
    for (const auto& change : changes) {
        using enum tree_change::kind;
        out += change.what == written ? " +" : change.what == attributes ? " ~" : " -";
        out += change.path;
    }
    return out;
}

std::string changes_of(std::string_view stream, unique_fd top, std::size_t part = 100'000) {
    change_reader all(std::move(top));
    std::vector<tree_change> changes;
    while (!stream.empty()) {
        const auto some = stream.substr(0, part);
        stream.remove_prefix(some.size());
        BOOST_REQUIRE(all.feed(std::as_bytes(std::span(some))).has_value());
        for (auto& change : all.take()) changes.push_back(std::move(change));
    }
    return text_of(changes);
}

struct two_trees {
    temp_dir here;
    fs::path mine = fs::path(here / "mine");
    fs::path theirs = fs::path(here / "theirs");

    two_trees() {
        fs::create_directories(mine / "d/e");
        write_text(mine / "a", "1");
        write_text(mine / "d/b", "2");
        fs::create_symlink("a", mine / "l");
        fs::create_hard_link(mine / "a", mine / "z");
        fs::copy(mine, theirs, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
        fs::remove(theirs / "z");
        fs::create_hard_link(theirs / "a", theirs / "z");
        for (const auto* name : {"a", "d/b", "d/e", "d", "."}) {
            set_time(mine / name, 5, 5);
            set_time(theirs / name, 5, 5);
        }
    }

    /// What a sender says that was told what `theirs` has, and the changes that it notes.
    std::string stream(std::vector<tree_change>* changes = nullptr, tree_read_options how = {}) const {
        tree_read_options list;
        list.listing = true;
        have_entries have;
        const auto listed = stream_of(theirs, list);
        BOOST_REQUIRE(have.feed(std::as_bytes(std::span(listed))).has_value());
        BOOST_REQUIRE(have.end().has_value());
        how.have = &have;
        how.changes = changes;
        how.remove = true;
        return stream_of(mine, how);
    }

    /// Both sides come to the same.
    void check(const std::string& expected) const {
        std::vector<tree_change> noted;
        const auto said = stream(&noted);
        BOOST_TEST(text_of(noted) == expected);
        BOOST_TEST(changes_of(said, open_directory(theirs)) == expected);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(tree_changes_test, two_trees)

BOOST_AUTO_TEST_CASE(all_of_a_new_tree) {
    const std::string all = " +. +a +d +d/b +d/e +l +z";
    std::vector<tree_change> noted;
    tree_read_options how;
    how.changes = &noted;
    const auto said = stream_of(mine, how);
    BOOST_TEST(text_of(noted) == all);
    for (std::size_t part = 1; part < 200; ++part) BOOST_TEST(changes_of(said, unique_fd(), part) == all, part);
}

BOOST_AUTO_TEST_CASE(nothing_where_both_are_the_same) {
    check("");
}

BOOST_AUTO_TEST_CASE(content_attributes_and_what_goes) {
    write_text(mine / "d/b", "22");
    fs::permissions(mine / "d/e", fs::perms(0700));
    write_text(theirs / "d/e/x", "");
    set_time(theirs / "d/e", 5, 5);
    write_text(theirs / "y", "");
    set_time(theirs, 5, 5);
    check(" +d/b ~d/e -d/e/x -y");
}

BOOST_AUTO_TEST_CASE(another_mode_of_a_file) {
    fs::permissions(mine / "d/b", fs::perms(0600));
    check(" ~d/b");
}

BOOST_AUTO_TEST_CASE(links) {
    fs::remove(theirs / "z");
    write_text(theirs / "z", "1");
    set_time(theirs / "z", 5, 5);
    fs::remove(theirs / "l");
    fs::create_symlink("elsewhere", theirs / "l");
    set_time(theirs, 5, 5);
    BOOST_TEST(changes_of(stream(), open_directory(theirs)) == " +l +z");
}

BOOST_AUTO_TEST_CASE(another_type) {
    fs::remove(theirs / "a");
    fs::create_directory(theirs / "a");
    set_time(theirs, 5, 5);
    const auto said = changes_of(stream(), open_directory(theirs));
    BOOST_TEST(said == " -a +a +z");
}

BOOST_AUTO_TEST_CASE(what_is_not_carried) {
    BOOST_REQUIRE(::mkfifo((mine / "fifo").c_str(), 0600) == 0);
    set_time(mine, 5, 5);
    check("");
}

BOOST_AUTO_TEST_CASE(a_tree_that_is_replaced) {
    fs::permissions(mine / "d/b", fs::perms(0600));
    write_text(theirs / "y", "");
    set_time(theirs, 5, 5);
    std::vector<tree_change> noted;
    tree_read_options how;
    how.whole = true;
    const auto said = stream(&noted, how);
    BOOST_TEST(text_of(noted) == " ~d/b -y");
    BOOST_TEST(changes_of(said, open_directory(theirs)) == " ~d/b"); // of what goes nothing is said
}

BOOST_AUTO_TEST_CASE(what_lies_outside_is_not_looked_at) {
    fs::create_directories(here / "outside/e");
    set_time(here / "outside/e", 5, 5);
    fs::remove_all(theirs / "d");
    fs::create_symlink("../outside", theirs / "d");
    const auto said = changes_of(stream_of(mine), open_directory(theirs));
    BOOST_TEST(said.find(" +d/e") != std::string::npos, said);
}

BOOST_AUTO_TEST_CASE(no_stream_of_entries) {
    change_reader all{unique_fd()};
    const std::string bad = "this is no stream of entries";
    BOOST_TEST(!all.feed(std::as_bytes(std::span(bad))).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
