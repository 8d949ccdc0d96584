// Large files of a tree of which the receiver has an older one: what differs goes over, and nothing else.

#include "tree_transfer.hpp"

#include <tug/proto/block_delta.hpp>
#include <tug/proto/digest.hpp>

#include <functional>

namespace {

using namespace tug;
using namespace tug::os;
using namespace tug::os::test;
using proto::errc;

constexpr std::size_t block = proto::block_delta::smallest_block;
constexpr std::size_t large = 3'000'000;

std::string image(std::size_t size = large) {
    std::string out(size, '\0');
    std::uint32_t state = 7;
    for (auto& c : out) c = static_cast<char>((state = state * 1'664'525 + 1'013'904'223) >> 24U);
    return out;
}

std::span<const std::byte> bytes(std::string_view of) {
    return std::as_bytes(std::span(of));
}

/// What crossed, and what both sides say of it.
struct transfer {
    std::string stream;
    std::string told; ///< On `blocks`.
    tree_counts sent;
    tree_counts written;
    std::string failed; ///< The name of the failure.
    std::function<void()> when_told;

    /// From one directory into another one, or into its place.
    void run(const fs::path& from, const fs::path& to, bool replace) {
        have_entries have;
        tree_read_options listing;
        listing.listing = true;
        const auto list = stream_of(to, std::move(listing));
        BOOST_REQUIRE(have.feed(bytes(list)).has_value());
        BOOST_REQUIRE(have.end().has_value());
        tree_read_options how;
        how.have = &have;
        how.delta = true;
        how.whole = replace;
        auto reader = tree_reader::begin(open_directory(from), std::move(how));
        BOOST_REQUIRE(reader.has_value());
        tree_write_options write;
        write.delta = true;
        std::optional<tree_writer> writer;
        if (replace) {
            BOOST_REQUIRE(
                begin_beside(writer, to.parent_path(), to.filename(), tree_target::directory, write).has_value());
            writer->take_from(open_directory(to));
        } else {
            writer.emplace(open_directory(to), write);
        }
        const auto done = pass(*reader, *writer);
        if (!done) failed = name_of(done.error().code);
        sent = reader->counts();
        written = writer->counts();
    }

private:
    proto::result<void> pass(tree_reader& reader, tree_writer& writer) {
        while (!reader.done()) {
            const auto pieces = reader.read(100'000);
            if (!pieces) return pieces.error();
            for (const auto& piece : *pieces) {
                stream += piece.text();
                for (auto rest = piece.bytes(); !rest.empty() || writer.has_work();)
                    if (auto ok = take(rest, reader, writer); !ok) return ok;
            }
        }
        return writer.commit();
    }

    proto::result<void> take(std::span<const std::byte>& rest, tree_reader& reader, tree_writer& writer) {
        if (!writer.has_work()) {
            const auto taken = writer.take(rest);
            if (taken) rest = rest.subspan(*taken);
            return taken ? proto::result<void>() : taken.error();
        }
        std::string now;
        if (auto worked = writer.work(now); !worked) return worked;
        told += now;
        if (!now.empty() && when_told) when_told();
        return now.empty() ? proto::result<void>() : reader.feed_blocks(bytes(now));
    }
};

/// Two trees that differ in one file, and what of it crosses.
struct trees {
    trees(const std::string& now, const std::string& before) {
        fs::create_directories(s.outside / "tree" / "sub");
        fs::create_directories(s.inside / "tree" / "sub");
        write_file(s.outside / "tree" / "sub" / "image", now);
        write_file(s.inside / "tree" / "sub" / "image", before);
        set_time(s.inside / "tree" / "sub" / "image", 1, 1);
    }

    [[nodiscard]] fs::path from() const { return s.outside / "tree"; }

    [[nodiscard]] fs::path to() const { return s.inside / "tree"; }

    scratch s;
};

BOOST_AUTO_TEST_SUITE(tree_delta_test)

BOOST_AUTO_TEST_CASE(what_differs_goes_over) {
    const auto before = image();
    auto changed = before;
    changed[5 * block + 1] ^= 1;
    changed[30 * block] ^= 1;
    constexpr std::size_t heads = 2'000;

    struct example {
        std::string now;
        std::size_t most; ///< Bytes that cross.
    };

    const std::vector<example> cases{{changed, 2 * block + heads},
                                     {before + image(100'000), 100'000 + 2 * block + heads},
                                     {before.substr(0, 2'000'000), block + heads},
                                     {image(2'000'001) + "x", 2 * block + heads}};
    for (const bool replace : {false, true})
        for (const auto& [now, most] : cases) {
            const trees t(now, before);
            transfer over;
            over.run(t.from(), t.to(), replace);
            BOOST_TEST(over.failed == "");
            BOOST_TEST(over.stream.size() < most);
            BOOST_TEST((picture(t.to()) == picture(t.from())));
            for (const auto& counts : {over.sent, over.written}) {
                BOOST_TEST(counts.files == 1U);
                BOOST_TEST(counts.patched == 1U);
                BOOST_TEST(counts.bytes == now.size());
                BOOST_TEST(counts.reused > now.size() - most);
            }
            BOOST_TEST(entries(t.s.inside).size() == 1U);
        }
}

/// But for the end, which fills no block, all of it is there.
BOOST_AUTO_TEST_CASE(only_the_end_differs) {
    const trees t(image() + "x", image() + "y");
    transfer over;
    over.run(t.from(), t.to(), false);
    BOOST_TEST(over.failed == "");
    BOOST_TEST(over.stream.size() < 2 * block);
    BOOST_TEST((picture(t.to()) == picture(t.from())));
}

BOOST_AUTO_TEST_CASE(holes_stay_holes) {
    const trees t("", "");
    for (const auto& top : {t.from(), t.to()}) {
        write_file(top / "sub" / "image", image(100'000));
        fs::resize_file(top / "sub" / "image", 20'000'000);
        const unique_fd fd(::open((top / "sub" / "image").c_str(), O_WRONLY));
        BOOST_REQUIRE(::pwrite(fd.get(), "x", 1, 10'000'000) == 1);
        set_time(top / "sub" / "image", 1, 1);
    }
    const unique_fd fd(::open((t.from() / "sub" / "image").c_str(), O_WRONLY));
    BOOST_REQUIRE(::pwrite(fd.get(), "y", 1, 5'000'000) == 1);
    transfer over;
    over.run(t.from(), t.to(), false);
    BOOST_TEST(over.failed == "");
    BOOST_TEST(over.stream.size() < 2 * block);
    BOOST_TEST((picture(t.to()) == picture(t.from())));
    struct stat st{};
    ::stat((t.to() / "sub" / "image").c_str(), &st);
    BOOST_TEST(st.st_blocks * 512 < 1'000'000);
}

/// What is built on is a copy: what becomes of the file that stands there, or of its name, changes nothing.
BOOST_AUTO_TEST_CASE(the_old_file_changes_meanwhile) {
    auto now = image();
    now[0] ^= 1;
    for (const bool replace : {false, true}) {
        const trees t(now, image());
        transfer over;
        const auto old = t.to() / "sub" / "image";
        over.when_told = [old] { write_file(old, "something else"); };
        over.run(t.from(), t.to(), replace);
        BOOST_TEST(over.failed == "");
        BOOST_TEST((picture(t.to()) == picture(t.from())));
    }
}

BOOST_AUTO_TEST_CASE(the_new_file_changes_meanwhile) {
    auto now = image();
    now[0] ^= 1;
    const trees t(now, image());
    transfer over;
    const auto path = t.from() / "sub" / "image";
    over.when_told = [path] { fs::resize_file(path, 2'000'000); };
    over.run(t.from(), t.to(), false);
    BOOST_TEST(over.failed == "");
    BOOST_TEST(over.sent.changed == 1U);
    BOOST_TEST(over.written.changed == 1U);
    BOOST_TEST((read_file(t.to() / "sub" / "image") == now.substr(0, 2'000'000)));
}

BOOST_AUTO_TEST_CASE(small_files_and_other_types_go_as_a_whole) {
    const trees t(image(), "small");
    write_file(t.from() / "other", "now a small one");
    write_file(t.to() / "other", image());
    write_file(t.from() / "new", image());
    transfer over;
    over.run(t.from(), t.to(), false);
    BOOST_TEST(over.failed == "");
    BOOST_TEST(over.told == "");
    BOOST_TEST(over.sent.patched == 0U);
    BOOST_TEST((picture(t.to()) == picture(t.from())));
}

/// What a listing says is not what is there any more: nothing is built on, and all comes.
BOOST_AUTO_TEST_CASE(nothing_to_build_on) {
    const std::string none(4, '\0');
    const std::string head = record(R"({"path":"a","type":"file","size":1,"mode":420,"delta":65536})");
    const auto last = record(R"({"offset":1,"digest":")" + [] {
        proto::hasher of(proto::digest_kind::xxh3_128);
        of.update(bytes("x"));
        return of.finish().to_string();
    }() + R"("})");
    for (const auto* what : {"nothing", "symlink", "fifo", "empty"}) {
        const scratch s;
        write_file(s.outside / "secret", image());
        if (what == std::string("symlink")) fs::create_symlink(s.outside / "secret", s.inside / "a");
        if (what == std::string("fifo")) BOOST_REQUIRE(::mkfifo((s.inside / "a").c_str(), 0600) == 0);
        if (what == std::string("empty")) write_file(s.inside / "a", "");
        tree_write_options how;
        how.delta = true;
        tree_writer writer(open_directory(s.inside), how);
        std::string told;
        const auto begun = writer.take(bytes(head));
        if (what == std::string("fifo")) {
            BOOST_TEST(!begun.has_value()); // no put replaces it
            continue;
        }
        BOOST_REQUIRE(begun.has_value());
        while (writer.has_work()) BOOST_REQUIRE(writer.work(told).has_value());
        BOOST_TEST((told == none), what);
        BOOST_TEST(writer.feed(bytes(record("", "x") + last)).has_value());
        BOOST_TEST(writer.commit().has_value());
        BOOST_TEST(read_file(s.inside / "a") == "x");
        BOOST_TEST((read_file(s.outside / "secret") == image()));
    }
}

/// The old file stays whole, and nothing else is left.
BOOST_AUTO_TEST_CASE(hostile_deltas) {
    const auto head = [](const std::string& more) {
        return record(R"({"path":"a","type":"file","size":3000000,"mode":420)" + more + "}");
    };
    const auto begin = head(R"(,"delta":65536)");
    const auto end = [](const std::string& digest, std::size_t at = large) {
        return record(R"({"offset":)" + std::to_string(at) + R"(,"digest":")" + digest + R"("})");
    };
    proto::hasher of(proto::digest_kind::xxh3_128);
    of.update(bytes(image()));
    const auto right = of.finish().to_string();
    const std::string wrong = "xxh3-128:" + std::string(32, '0');
    const std::vector<std::pair<std::string, std::string>> cases{
        {"other bytes", begin + record("", "x") + end(right)},
        {"another digest", begin + end(wrong)},
        {"no digest", begin + record(R"({"offset":3000000})")},
        {"no end", begin},
        {"a digest that is none", begin + end("xxh3-128:0")},
        {"shorter than its size", begin + end(right, 5)},
        {"longer than its size", begin + end(right, large + 1)},
        {"bytes behind the end", begin + end(right) + record("", "x")},
        {"a second end", begin + end(right) + end(right)},
        {"backwards", begin + record(R"({"offset":70000})", "x") + record(R"({"offset":1})", "x")},
        {"blocks too small", head(R"(,"delta":65535)") + end(right)},
        {"blocks too large", head(R"(,"delta":262145)") + end(right)},
        {"the same", head(R"(,"delta":65536,"same":true)")},
        {"a link", head(R"(,"delta":65536,"link":"b")")},
        {"a directory", record(R"({"path":"a","type":"directory","mode":493,"delta":65536})")},
        {"a digest of another file", head("") + end(right)},
    };
    for (const auto& [what, stream] : cases)
        for (const bool replace : {false, true}) {
            BOOST_TEST_CONTEXT(what << (replace ? ", replaced" : "")) {
                const scratch s;
                fs::create_directory(s.inside / "tree");
                write_file(s.inside / "tree" / "a", image());
                tree_write_options how;
                how.delta = true;
                std::optional<tree_writer> writer;
                if (replace) {
                    BOOST_REQUIRE(begin_beside(writer, s.inside, "tree", tree_target::directory, how).has_value());
                    writer->take_from(open_directory(s.inside / "tree"));
                } else {
                    writer.emplace(open_directory(s.inside / "tree"), how);
                }
                BOOST_TEST(!write_stream(*writer, stream).has_value());
                writer.reset();
                BOOST_TEST((read_file(s.inside / "tree" / "a") == image()));
                BOOST_TEST(entries(s.inside).size() == 1U);
                BOOST_TEST(entries(s.inside / "tree").size() == 1U);
            }
        }
    // Nor without having been asked for.
    const scratch s;
    write_file(s.inside / "a", image());
    tree_writer writer(open_directory(s.inside), {});
    BOOST_TEST(!write_stream(writer, begin + end(right)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
