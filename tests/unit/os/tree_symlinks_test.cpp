// Symlinks in trees, by the cases of rsync's own tests (safe and unsafe targets, links to directories on the side that
// receives): they are carried as they are, and neither side goes where they lead.

#include "tree_transfer.hpp"

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace tug;
using namespace tug::os;
using namespace tug::os::test;

/// What rsync calls safe, and what it calls unsafe.
const std::vector<std::string> targets{"a",
                                       "./a",
                                       "a/b/c",
                                       "../b",
                                       "../../c",
                                       "../../../d",
                                       "..",
                                       "../",
                                       ".",
                                       "/",
                                       "/etc/passwd",
                                       "//etc",
                                       "/..",
                                       "a/..",
                                       "a/../..",
                                       "a/../../b",
                                       "a/b/../../..",
                                       "../foo/bar/../../..",
                                       "../../../../../../../../../etc",
                                       "foo/../bar/../../baz",
                                       "a//b//..",
                                       "....",
                                       "..a",
                                       "a..",
                                       " ",
                                       "\n",
                                       "-rf",
                                       "*",
                                       std::string(4'000, 'x')};

struct linked_trees : scratch {
    fs::path tree = outside / "tree";

    linked_trees() {
        fs::create_directories(tree / "sub/deep");
        write_file(outside / "secret", "secret");
        for (std::size_t i = 0; i < targets.size(); ++i)
            for (const auto* in : {".", "sub", "sub/deep"})
                fs::create_symlink(targets[i], tree / in / ("link" + std::to_string(i)));
    }

    /// Copies `tree` to inside/copy: as a new tree, or into one that is there.
    proto::result<void> copy(bool new_one, bool remove = false) {
        tree_read_options how;
        have_entries has;
        std::string listing;
        if (remove) {
            tree_read_options list;
            list.listing = true;
            listing = stream_of(inside / "copy", std::move(list));
            BOOST_REQUIRE(has.feed(std::as_bytes(std::span(listing))).has_value());
            BOOST_REQUIRE(has.end().has_value());
            how.have = &has;
            how.remove = true;
        }
        const auto stream = stream_of(tree, std::move(how));
        if (new_one) {
            std::optional<tree_writer> writer;
            BOOST_REQUIRE(begin_beside(writer, inside, "copy", tree_target::directory).has_value());
            return write_stream(*writer, stream);
        }
        fs::create_directories(inside / "copy");
        tree_write_options write;
        write.remove = remove;
        tree_writer writer(open_directory(inside / "copy"), write);
        return write_stream(writer, stream);
    }
};

BOOST_FIXTURE_TEST_SUITE(tree_symlinks_test, linked_trees)

BOOST_AUTO_TEST_CASE(whatever_they_say) {
    const auto expected = picture(tree);
    for (const bool new_one : {true, false}) {
        BOOST_TEST(copy(new_one).has_value());
        BOOST_TEST((picture(inside / "copy") == expected));
    }
}

/// Links that stand where directories and files come: to a directory beside the tree, to one in it, to nothing.
BOOST_AUTO_TEST_CASE(links_in_the_way) {
    fs::create_directory(inside / "other");
    write_file(inside / "other/kept", "kept");
    for (const auto* way : {"../other", "../../outside", "sub2", "nowhere", "/"}) {
        BOOST_TEST_CONTEXT(way) {
            fs::remove_all(inside / "copy");
            fs::create_directories(inside / "copy/sub2");
            fs::create_symlink(way, inside / "copy/sub");
            const auto refused = copy(false);
            BOOST_TEST(!refused.has_value());
            BOOST_TEST(fs::is_symlink(inside / "copy/sub"));
            BOOST_TEST(entries(inside / "copy/sub2").empty());
            BOOST_TEST(copy(false, true).has_value());
            BOOST_TEST((picture(inside / "copy") == picture(tree)));
            BOOST_TEST((entries(inside / "other") == std::vector<std::string>{"kept"}));
            BOOST_TEST(entries(outside).size() == 2U);
        }
    }
}

/// And directories that stand where links come.
BOOST_AUTO_TEST_CASE(directories_in_the_way) {
    fs::create_directories(inside / "copy/link0/full");
    BOOST_TEST(!copy(false).has_value());
    BOOST_TEST(fs::is_directory(inside / "copy/link0/full"));
    BOOST_TEST(copy(false, true).has_value());
    BOOST_TEST((picture(inside / "copy") == picture(tree)));
}

/// A link that takes the place of a file keeps what it named as it was.
BOOST_AUTO_TEST_CASE(files_and_links_change_places) {
    fs::create_directory(inside / "copy");
    write_file(inside / "kept", "kept");
    write_file(tree / "file", "new");
    fs::create_symlink("../kept", inside / "copy/file");
    write_file(inside / "copy/link0", "a file");
    BOOST_TEST(copy(false).has_value());
    BOOST_TEST((picture(inside / "copy") == picture(tree)));
    BOOST_TEST(read_file(inside / "kept") == "kept");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
