#include "tree_transfer.hpp"

#include <tug/os/temporary_name.hpp>

#include <sys/file.h>

namespace {

using namespace tug;
using namespace tug::os;
using namespace tug::os::test;
using proto::errc;

/// Copies the tree `from` to the place `name` in `parent`; the failure's name, or "".
std::string copy(const fs::path& from, const fs::path& parent, const std::string& name, tree_target target,
                 std::size_t part = 70'000) {
    std::optional<tree_writer> writer;
    if (const auto begun = begin_beside(writer, parent, name, target); !begun)
        return std::string(name_of(begun.error().code));
    const auto done = write_stream(*writer, stream_of(from), part);
    return done ? "" : done.error().message;
}

BOOST_AUTO_TEST_SUITE(tree_transfer_test)

BOOST_AUTO_TEST_CASE(a_new_tree_is_the_old_one) {
    const scratch s;
    fs::create_directory(s.outside / "tree");
    make_sample_tree(s.outside / "tree");
    for (const std::size_t part : {1UL, 7UL, 4096UL, 10'000'000UL}) {
        const auto name = "copy" + std::to_string(part);
        BOOST_TEST(copy(s.outside / "tree", s.inside, name, tree_target::none, part) == "");
        BOOST_TEST((picture(s.inside / name) == picture(s.outside / "tree")));
    }
    BOOST_TEST(entries(s.inside).size() == 4U);
}

BOOST_AUTO_TEST_CASE(into_a_tree_that_is_there) {
    const scratch s;
    fs::create_directory(s.outside / "tree");
    make_sample_tree(s.outside / "tree");
    fs::create_directories(s.inside / "b");
    write_file(s.inside / "b" / "file", "old");
    write_file(s.inside / "b" / "own", "stays");
    fs::create_symlink("elsewhere", s.inside / "absolute");
    tree_writer writer(open_directory(s.inside), {});
    const auto stream = stream_of(s.outside / "tree");
    const auto done = write_stream(writer, stream);
    BOOST_REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().message));
    auto expected = picture(s.outside / "tree");
    expected["b/own"] = picture(s.inside)["b/own"];
    BOOST_TEST((picture(s.inside) == expected));
    // Once more over the same, read-only directories and links included.
    tree_writer again(open_directory(s.inside), {});
    BOOST_TEST(write_stream(again, stream).has_value());
    BOOST_TEST((picture(s.inside) == expected));
}

BOOST_AUTO_TEST_CASE(a_tree_takes_the_place_of_another) {
    const scratch s;
    fs::create_directory(s.outside / "tree");
    write_file(s.outside / "tree" / "new", "new");
    fs::create_directories(s.inside / "tree" / "closed");
    write_file(s.inside / "tree" / "closed" / "old", "old");
    ::chmod((s.inside / "tree" / "closed").c_str(), 0500);
    BOOST_TEST(copy(s.outside / "tree", s.inside, "tree", tree_target::none) == "already_exists");
    BOOST_TEST(copy(s.outside / "tree", s.inside, "tree", tree_target::directory) == "");
    BOOST_TEST((entries(s.inside) == std::vector<std::string>{"tree"}));
    BOOST_TEST((entries(s.inside / "tree") == std::vector<std::string>{"new"}));
    write_file(s.inside / "file", "");
    BOOST_TEST(copy(s.outside / "tree", s.inside, "file", tree_target::directory) == "already_exists");
}

/// Deeper than descriptors are held, with something to do on every level on the way back.
BOOST_AUTO_TEST_CASE(a_deep_tree) {
    const scratch s;
    auto at = s.outside / "tree";
    fs::create_directory(at);
    for (int i = 0; i < 200; ++i) {
        write_file(at / "file", std::to_string(i));
        write_file(at / "z", "");
        set_time(at, i, i);
        at /= "d";
        fs::create_directory(at);
    }
    const auto times = picture(s.outside / "tree");
    BOOST_TEST(copy(s.outside / "tree", s.inside, "tree", tree_target::none) == "");
    BOOST_TEST((picture(s.inside / "tree") == times));
}

BOOST_AUTO_TEST_CASE(holes_stay_holes) {
    const scratch s;
    fs::create_directory(s.outside / "tree");
    const auto make = [&](const char* name, bool end) {
        const unique_fd fd(::open((s.outside / "tree" / name).c_str(), O_WRONLY | O_CREAT, 0644));
        BOOST_REQUIRE(::pwrite(fd.get(), "x", 1, 10'000'000) == 1);
        BOOST_REQUIRE(::ftruncate(fd.get(), end ? 30'000'000 : 10'000'001) == 0);
    };
    make("middle", false);
    make("end", true);
    BOOST_TEST(stream_of(s.outside / "tree").size() < 100'000U);
    BOOST_TEST(copy(s.outside / "tree", s.inside, "tree", tree_target::none) == "");
    fs::create_directory(s.inside / "there");
    tree_writer there(open_directory(s.inside / "there"), {});
    BOOST_TEST(write_stream(there, stream_of(s.outside / "tree")).has_value());
    for (const auto* name : {"tree", "there"}) {
        BOOST_TEST((picture(s.inside / name) == picture(s.outside / "tree")), name);
        struct stat st{};
        ::stat((s.inside / name / "end").c_str(), &st);
        BOOST_TEST(st.st_blocks * 512 < 1'000'000, name);
    }
}

/// On one host: the kernel copies large files, as file_copy does.
BOOST_AUTO_TEST_CASE(large_files_of_the_same_host) {
    const scratch s;
    const auto from = s.outside / "tree";
    fs::create_directory(from);
    make_sample_tree(from);
    write_file(from / "large", std::string(200'000, 'l'));
    fs::create_hard_link(from / "large", from / "larger");
    const unique_fd fd(::open((from / "sparse").c_str(), O_WRONLY | O_CREAT, 0644));
    BOOST_REQUIRE(::pwrite(fd.get(), "x", 1, 10'000'000) == 1);
    write_file(from / "zz", std::string(100'000, 'z'));
    fs::create_directory(s.inside / "there");
    for (const auto* name : {"new", "there"}) {
        for (const bool shrinks : {false, true}) {
            std::optional<tree_writer> writer;
            if (name == std::string("there"))
                writer.emplace(open_directory(s.inside / name), tree_write_options());
            else
                BOOST_REQUIRE(
                    begin_beside(writer, s.inside, name + std::to_string(shrinks), tree_target::none).has_value());
            tree_read_options how;
            how.by_file = true;
            auto reader = tree_reader::begin(open_directory(from), std::move(how));
            int taken = 0;
            std::string told;
            while (!reader->done()) {
                const auto pieces = reader->read(1'000'000);
                BOOST_REQUIRE(pieces.has_value());
                for (const auto& piece : *pieces) BOOST_REQUIRE(writer->feed(piece.bytes()).has_value());
                auto file = reader->take_file();
                if (!file) continue;
                ++taken;
                const bool last = file->head.path == "zz";
                BOOST_REQUIRE(writer->begin_copy(std::move(file->head), std::move(file->file)).has_value());
                if (last && shrinks) fs::resize_file(from / "zz", 5);
                while (writer->has_work()) BOOST_REQUIRE(writer->work(told).has_value());
            }
            BOOST_TEST(writer->commit().has_value());
            BOOST_TEST(taken == 4); // with b.txt of the sample
            BOOST_TEST(writer->changed_copies() == (shrinks ? 1U : 0U));
            const auto place = s.inside / (name == std::string("there") ? name : name + std::to_string(shrinks));
            if (!shrinks) BOOST_TEST((picture(place) == picture(from)));
            BOOST_TEST(read_file(place / "zz").size() == (shrinks ? 5U : 100'000U));
            struct stat st{};
            ::stat((place / "sparse").c_str(), &st);
            BOOST_TEST(st.st_blocks * 512 < 1'000'000);
            write_file(from / "zz", std::string(100'000, 'z'));
        }
    }
}

BOOST_AUTO_TEST_CASE(special_files_are_skipped_and_said) {
    const scratch s;
    ::mkfifo((s.outside / "fifo").c_str(), 0600);
    auto reader = tree_reader::begin(open_directory(s.outside), {});
    const auto pieces = reader->read(1'000'000);
    BOOST_TEST(reader->done());
    BOOST_TEST(reader->counts().skipped == 1U);
    BOOST_TEST(reader->counts().notes.at(0).first == "fifo");
    std::optional<tree_writer> writer;
    BOOST_REQUIRE(begin_beside(writer, s.inside, "tree", tree_target::none).has_value());
    BOOST_TEST(write_stream(*writer, pieces->at(0).text()).has_value());
    BOOST_TEST(writer->counts().skipped == 1U);
    BOOST_TEST(entries(s.inside / "tree").empty());
}

/// What a peer may send that leads outside, or that no tree holds; and nothing of it stays.
BOOST_AUTO_TEST_CASE(hostile_entries) {
    const std::string top = record(R"({"path":".","type":"directory","mode":493})");
    const std::string link = record(R"({"path":"a","type":"symlink","target":"../../outside"})");
    const std::string file = record(R"({"path":"a","type":"file","size":1,"mode":420})", "x");
    const std::string directory = record(R"({"path":"a","type":"directory","mode":493})");
    std::string deep;
    for (int i = 0; i < 1'001; ++i) deep += "d/";
    const std::vector<std::pair<std::string, std::string>> cases{
        {"a climb", record(R"({"path":"../x","type":"file","size":1})", "x")},
        {"a far climb", record(R"({"path":"../../outside/x","type":"file","size":1})", "x")},
        {"a climb inside", directory + record(R"({"path":"a/../../x","type":"file","size":1})", "x")},
        {"an absolute path", record(R"({"path":"/tmp/x","type":"file"})")},
        {"an empty name", record(R"({"path":"a//x","type":"file"})")},
        {"a dot", record(R"({"path":"./x","type":"file"})")},
        {"no path", record(R"({"path":"","type":"file"})")},
        {"NUL", record("{\"path\":\"a\\u0000b\",\"type\":\"file\"}")},
        {"below a symlink", link + record(R"({"path":"a/x","type":"file","size":1})", "x")},
        {"a directory over a symlink", link + record(R"({"path":"a","type":"directory"})")},
        {"below a file", file + record(R"({"path":"a/x","type":"file","size":1})", "x")},
        {"twice", file + file},
        {"not in order", record(R"({"path":"b","type":"directory"})") + directory},
        {"back into a directory",
         directory + record(R"({"path":"b","type":"directory"})") + record(R"({"path":"a/x","type":"file"})")},
        {"a directory that did not come", record(R"({"path":"no/x","type":"file"})")},
        {"setuid", record(R"({"path":"a","type":"file","mode":2541})")},
        {"setgid directory", record(R"({"path":"a","type":"directory","mode":1517})")},
        {"sticky", record(R"({"path":"a","type":"directory","mode":1005})")},
        {"a type that is none", record(R"({"path":"a","type":"door"})")},
        {"more than its size", record(R"({"path":"a","type":"file","size":1})", "xy")},
        {"less than its size", record(R"({"path":"a","type":"file","size":2})", "x")},
        {"bytes of a directory", record(R"({"path":"a","type":"directory"})", "x")},
        {"bytes of nothing", record("", "x")},
        {"an offset behind", file + record(R"({"offset":0})")},
        {"an offset past the end", record(R"({"path":"a","type":"file","size":2})") + record(R"({"offset":3})")},
        {"a link outside", record(R"({"path":"a","type":"file","link":"../../outside/secret"})")},
        {"a link through a symlink", link + record(R"({"path":"b","type":"file","link":"a/secret"})")},
        {"a link to a symlink", link + record(R"({"path":"b","type":"file","link":"a"})")},
        {"a link to nothing", record(R"({"path":"b","type":"file","link":"a"})")},
        {"a removal that was not asked for", record(R"({"path":"a","absent":true})")},
        {"a temporary", record(R"({"path":".tug-0123456789abcdef.tmp","type":"file"})")},
        {"a symlink to nothing", record(R"({"path":"a","type":"symlink"})")},
        {"a top that is none", record(R"({"path":".","type":"file"})")},
        {"too long a name", record(R"({"path":")" + std::string(256, 'n') + R"(","type":"file"})")},
        {"too deep", record(R"({"path":")" + deep + R"(x","type":"file"})")},
        {"no JSON", record("{")},
        {"no object", record("[]")},
        {"a member twice", record(R"({"path":"a","path":"b","type":"file"})")},
        {"a head without end", std::string("\xff\xff\xff\xff\0\0\0\0", 8)},
        {"cut in a header", std::string("\0\0", 2)},
        {"cut in a head", record(R"({"path":"a"})").substr(0, 12)},
        {"cut in a body", file.substr(0, file.size() - 1)},
        {"content that is not here", record(R"({"path":"a","type":"file","size":1,"same":true})")},
    };
    for (const auto& [what, stream] : cases) {
        BOOST_TEST_CONTEXT(what) {
            const scratch s;
            write_file(s.outside / "secret", "secret");
            std::optional<tree_writer> writer;
            BOOST_REQUIRE(begin_beside(writer, s.inside, "tree", tree_target::none).has_value());
            const auto done = write_stream(*writer, (stream == link ? "" : top) + stream);
            BOOST_TEST(!done.has_value());
            writer->discard();
            BOOST_TEST(entries(s.inside).empty());
            BOOST_TEST((entries(s.outside) == std::vector<std::string>{"secret"}));
            // The same into a tree that is there: nothing outside of it.
            fs::create_directory(s.inside / "there");
            fs::create_directory_symlink(s.outside, s.inside / "there" / "out");
            {
                tree_writer there(open_directory(s.inside / "there"), {});
                BOOST_TEST(!write_stream(there, stream).has_value());
            }
            BOOST_TEST((entries(s.outside) == std::vector<std::string>{"secret"}));
            BOOST_TEST((entries(s.inside) == std::vector<std::string>{"there"}));
            struct stat st{};
            ::stat((s.outside / "secret").c_str(), &st);
            BOOST_TEST(st.st_nlink == 1U);
        }
    }
}

/// Symlinks that stand there are not those of the transfer, and are not followed either.
BOOST_AUTO_TEST_CASE(symlinks_that_are_there_are_not_followed) {
    const scratch s;
    write_file(s.outside / "secret", "secret");
    fs::create_directory_symlink(s.outside, s.inside / "d");
    fs::create_symlink(s.outside / "secret", s.inside / "f");
    tree_write_options how;
    how.remove = true;
    {
        tree_writer writer(open_directory(s.inside), how);
        const auto done = write_stream(writer, record(R"({"path":"d","type":"directory"})"));
        BOOST_TEST(!done.has_value());
    }
    {
        tree_writer writer(open_directory(s.inside), how);
        BOOST_TEST(!write_stream(writer, record(R"({"path":"d/secret","absent":true})")).has_value());
    }
    {
        tree_writer writer(open_directory(s.inside), how);
        BOOST_TEST(
            !write_stream(writer, record(R"({"path":"f","type":"file","size":6,"mode":511,"same":true})")).has_value());
    }
    tree_writer writer(open_directory(s.inside), how);
    BOOST_TEST(write_stream(writer, record(R"({"path":"d","absent":true})") +
                                        record(R"({"path":"f","type":"file","size":1,"mode":420})", "x"))
                   .has_value());
    BOOST_TEST(read_file(s.outside / "secret") == "secret");
    BOOST_TEST(mode_of(s.outside / "secret") != (S_IFREG | 0777U));
    BOOST_TEST((entries(s.inside) == std::vector<std::string>{"f"}));
    BOOST_TEST(!fs::is_symlink(s.inside / "f"));
}

BOOST_AUTO_TEST_CASE(what_is_the_same_is_not_sent) {
    const scratch s;
    fs::create_directories(s.outside / "tree" / "sub");
    const auto from = s.outside / "tree";
    write_file(from / "same", "same");
    write_file(from / "sub" / "content", "other");
    write_file(from / "sub" / "mode", "mode");
    write_file(from / "type", "now a file");
    fs::create_symlink("x", from / "link");
    BOOST_REQUIRE(copy(from, s.inside, "tree", tree_target::none) == "");
    const auto to = s.inside / "tree";
    write_file(to / "sub" / "content", "older");
    ::chmod((to / "sub" / "mode").c_str(), 0600);
    fs::remove(to / "type");
    fs::create_directories(to / "type" / "with" / "more");
    fs::create_directories(to / "gone" / "all");
    write_file(to / "gone.too", "");
    have_entries have;
    tree_read_options listing;
    listing.listing = true;
    const auto list = stream_of(to, std::move(listing));
    tree_read_options how;
    how.have = &have;
    how.remove = true;
    auto reader = tree_reader::begin(open_directory(from), std::move(how));
    std::string stream;
    // It asks for more of the list when it needs more.
    std::string_view left = list;
    while (!reader->done()) {
        const auto pieces = reader->read(1'000'000);
        BOOST_REQUIRE(pieces.has_value());
        for (const auto& piece : *pieces) stream += piece.text();
        if (!reader->wants_have()) continue;
        const auto some = left.substr(0, 50);
        left.remove_prefix(some.size());
        BOOST_REQUIRE(have.feed(std::as_bytes(std::span(some))).has_value());
        if (left.empty()) BOOST_REQUIRE(have.end().has_value());
    }
    BOOST_TEST(reader->counts().unchanged == 3U); // same, mode, link
    BOOST_TEST(reader->counts().files == 2U);
    BOOST_TEST(reader->counts().removed == 3U);
    tree_write_options write;
    write.remove = true;
    tree_writer writer(open_directory(to), write);
    const auto done = write_stream(writer, stream);
    BOOST_REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().message));
    BOOST_TEST((picture(to) == picture(from)));
    BOOST_TEST(writer.counts().files == 2U);
}

/// Who may rename what is ours could call anything of it a leftover.
BOOST_AUTO_TEST_CASE(leftovers_stay_where_others_may_rename) {
    const scratch s;
    const auto left = s.inside / temporary_name(1);
    fs::create_directory(left);
    for (const unsigned mode : {0777U, 0770U}) {
        BOOST_REQUIRE(::chmod(s.inside.c_str(), mode) == 0);
        remove_stale_trees(open_directory(s.inside).get());
        BOOST_TEST(fs::exists(left));
    }
    BOOST_REQUIRE(::chmod(s.inside.c_str(), 01777) == 0);
    remove_stale_trees(open_directory(s.inside).get());
    BOOST_TEST(!fs::exists(left));
}

/// What a killed process has left goes; what is in use stays.
BOOST_AUTO_TEST_CASE(leftovers_go) {
    const scratch s;
    const auto left = s.inside / temporary_name(1);
    const auto used = s.inside / temporary_name(2);
    fs::create_directories(left / "closed" / "d");
    write_file(left / "closed" / "f", "");
    ::chmod((left / "closed").c_str(), 0);
    fs::create_directory(used);
    const auto lock = open_directory(used);
    BOOST_REQUIRE(::flock(lock.get(), LOCK_EX | LOCK_NB) == 0);
    std::optional<tree_writer> writer;
    BOOST_REQUIRE(begin_beside(writer, s.inside, "tree", tree_target::none).has_value());
    BOOST_TEST(!fs::exists(left));
    BOOST_TEST(fs::exists(used));
    BOOST_TEST(entries(s.inside).size() == 2U);
    // Nor does another one take that of this writer for a leftover.
    remove_stale_trees(open_directory(s.inside).get());
    BOOST_TEST(entries(s.inside).size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
