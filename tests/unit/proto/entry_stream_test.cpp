#include "tug/proto/entry_stream.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace tug::proto;

/// What a decoder makes of a stream.
struct recorder final : entry_sink {
    std::vector<entry_head> heads;
    std::vector<entry_more> mores;
    std::string body;

    result<void> begin(entry_head head) override {
        heads.push_back(std::move(head));
        return {};
    }

    result<void> more(entry_more head) override {
        mores.push_back(head);
        return {};
    }

    result<void> bytes(std::span<const std::byte> some) override {
        body.append(reinterpret_cast<const char*>(some.data()), some.size());
        return {};
    }
};

std::string record(std::string_view head, std::string_view body = "") {
    std::string out(record_header_size, '\0');
    write_record_header(reinterpret_cast<std::byte*>(out.data()), static_cast<std::uint32_t>(head.size()),
                        static_cast<std::uint32_t>(body.size()));
    return out.append(head).append(body);
}

template <class Head>
std::string text_of(const Head& head) {
    std::string out;
    append_head(out, head);
    return out;
}

BOOST_AUTO_TEST_SUITE(entry_stream_test)

BOOST_AUTO_TEST_CASE(written_is_read_however_it_is_cut) {
    entry_head file;
    file.path = "a\xff\"\n";
    file.size = 9;
    file.mode = 0640;
    file.mtime_ns = -5;
    file.uid = 7;
    file.gid = 8;
    entry_head link;
    link.path = "b";
    link.type = file_type::symlink;
    link.target = "/x\\y";
    entry_head gone;
    gone.path = "c";
    gone.absent = true;
    const auto stream = record(text_of(file), "1234") + record("", "56") +
                        record(text_of(entry_more{8, true, tree_amount{1, 9}, tree_amount{2, 1'000}}), "9") +
                        record(text_of(link)) + record(text_of(gone));
    for (std::size_t part = 1; part <= stream.size(); ++part) {
        recorder to;
        entry_decoder decoder;
        for (std::size_t at = 0; at < stream.size(); at += part) {
            BOOST_TEST((at == 0 || part > 1 || at > 1 || !decoder.at_border()));
            const auto some = std::string_view(stream).substr(at, part);
            BOOST_REQUIRE(decoder.feed(std::as_bytes(std::span(some)), to).has_value());
        }
        BOOST_TEST(decoder.at_border());
        BOOST_REQUIRE(to.heads.size() == 3U);
        BOOST_TEST(to.heads[0].path == file.path);
        BOOST_TEST(to.heads[0].size == 9U);
        BOOST_TEST(to.heads[0].mode == 0640U);
        BOOST_TEST(to.heads[0].mtime_ns == -5);
        BOOST_TEST(to.heads[0].uid.value() == 7U);
        BOOST_TEST(to.heads[0].gid.value() == 8U);
        BOOST_TEST((to.heads[1].type == file_type::symlink));
        BOOST_TEST(to.heads[1].target == "/x\\y");
        BOOST_TEST(to.heads[2].absent);
        BOOST_TEST(to.body == "1234569");
        BOOST_REQUIRE(to.mores.size() == 2U);
        BOOST_TEST(to.mores[1].offset.value() == 8U);
        BOOST_TEST(to.mores[1].changed);
        BOOST_TEST((to.mores[1].passed == tree_amount{1, 9}));
        BOOST_TEST((to.mores[1].total == tree_amount{2, 1'000}));
        BOOST_TEST(!to.mores[0].passed.has_value());
    }
}

BOOST_AUTO_TEST_CASE(the_order_of_entries) {
    const std::vector<std::string> in_order{".", "a", "a/b", "a/b/c", "a/c", "a b", "a.b", "aa", "b", "\xff"};
    for (std::size_t i = 0; i < in_order.size(); ++i)
        for (std::size_t j = 0; j < in_order.size(); ++j)
            BOOST_TEST(comes_before(in_order[i], in_order[j]) == (i < j), in_order[i] << " and " << in_order[j]);
    BOOST_TEST(is_below("a/b", "a"));
    BOOST_TEST(!is_below("ab", "a"));
    BOOST_TEST(!is_below("a", "a"));
    BOOST_TEST(is_below("a", "."));
}

/// What is removed may make room for another of its name; nothing else comes twice.
BOOST_AUTO_TEST_CASE(one_name_twice) {
    const auto outcome = [](const std::string& stream) {
        recorder to;
        entry_decoder decoder;
        return decoder.feed(std::as_bytes(std::span(stream)), to).has_value();
    };
    const auto gone = record(R"({"path":"a","absent":true})");
    const auto file = record(R"({"path":"a","type":"file"})");
    BOOST_TEST(outcome(gone + file));
    BOOST_TEST(!outcome(file + gone));
    BOOST_TEST(!outcome(file + file));
    BOOST_TEST(!outcome(gone + file + file));
}

/// What comes behind a pause waits, however much of it is there.
BOOST_AUTO_TEST_CASE(a_sink_that_pauses) {
    struct pausing final : entry_sink {
        std::string seen;
        bool stop = false;

        result<void> begin(entry_head head) override {
            seen += head.path;
            stop = true;
            return {};
        }

        result<void> more(entry_more) override { return {}; }

        result<void> bytes(std::span<const std::byte> some) override {
            seen.append(reinterpret_cast<const char*>(some.data()), some.size());
            stop = true;
            return {};
        }

        [[nodiscard]] bool paused() const noexcept override { return stop; }
    };

    const auto stream = record(R"({"path":"a"})", "1") + record("", "2") + record(R"({"path":"b"})");
    auto left = std::as_bytes(std::span(stream));
    pausing to;
    entry_decoder decoder;
    std::string steps;
    while (!left.empty()) {
        const auto taken = decoder.feed(left, to);
        BOOST_REQUIRE(taken.has_value());
        left = left.subspan(*taken);
        BOOST_TEST(decoder.feed(left, to).value() == 0U);
        steps += to.seen + (left.empty() ? "" : " ");
        to.stop = false;
    }
    BOOST_TEST(steps == "a a1 a12 a12b");
    BOOST_TEST(decoder.at_border());
}

BOOST_AUTO_TEST_CASE(deltas) {
    entry_head head;
    head.path = "a";
    head.delta = 65'536;
    entry_more end;
    end.offset = 7;
    end.digest = "xxh3-128:0";
    recorder to;
    entry_decoder decoder;
    const auto stream = record(text_of(head)) + record(text_of(end));
    BOOST_REQUIRE(decoder.feed(std::as_bytes(std::span(stream)), to).has_value());
    BOOST_TEST(to.heads.at(0).delta.value() == 65'536U);
    BOOST_TEST(to.mores.at(0).digest == "xxh3-128:0");
    BOOST_TEST(to.mores.at(0).offset.value() == 7U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
