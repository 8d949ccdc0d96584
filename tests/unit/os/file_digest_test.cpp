#include "tug/os/file_digest.hpp"

#include "scratch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string>

namespace {

using namespace tug::os;
using namespace tug::os::test;
using tug::proto::digest_kind;
using tug::proto::errc;

std::string digest_of(std::string_view bytes, digest_kind kind = digest_kind::xxh3_128) {
    tug::proto::hasher h(kind);
    h.update(std::as_bytes(std::span(bytes)));
    return h.finish().to_string();
}

/// The digests of the blocks of `bytes`, one behind the other.
std::string blocks_of(std::string_view bytes, std::size_t block) {
    std::string out;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(block, bytes.size()))) {
        tug::proto::hasher h(digest_kind::xxh3_128);
        h.update(std::as_bytes(std::span(bytes.substr(0, block))));
        const auto made = h.finish();
        for (const auto b : made.bytes()) out += static_cast<char>(b);
    }
    return out;
}

std::string sample(std::size_t size) {
    std::string out(size, '\0');
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 7 + i / 251);
    return out;
}

struct made {
    std::string digest;
    std::string blocks;
    std::uint64_t bytes = 0;
    std::uint64_t size = 0;
};

/// In steps of that size; the name of the error in the place of the digest.
made run(opened_file file, const digest_range& range, std::uint64_t step) {
    made out;
    auto digest = file_digest::begin(std::move(file), range);
    if (!digest) return {std::string(name_of(digest.error().code)), "", 0, 0};
    while (!digest->done())
        if (const auto ok = digest->step(step, out.blocks); !ok)
            return {std::string(name_of(ok.error().code)), "", 0, 0};
    out.bytes = digest->bytes();
    out.size = digest->file().size;
    out.digest = digest->finish().to_string();
    return out;
}

struct fixture {
    scratch s;
    std::string text = sample(1'000'003);

    fixture() { write_file(s.inside / "f", text); }

    made of(const digest_range& range, std::uint64_t step = 1'000, const char* name = "f") const {
        auto file = s.open().open_read(name);
        BOOST_REQUIRE(file.has_value());
        return run(std::move(*file), range, step);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(file_digest_test, fixture)

BOOST_AUTO_TEST_CASE(of_the_whole_file) {
    const auto all = of({});
    BOOST_TEST(all.digest == digest_of(text));
    BOOST_TEST(all.bytes == text.size());
    BOOST_TEST(all.size == text.size());
    BOOST_TEST(all.blocks.empty());
    BOOST_TEST(of({.kind = digest_kind::sha256}).digest == digest_of(text, digest_kind::sha256));
    write_file(s.inside / "empty", "");
    BOOST_TEST(of({}, 1, "empty").digest == digest_of(""));
}

BOOST_AUTO_TEST_CASE(of_a_range) {
    BOOST_TEST(of({.offset = 5, .length = 7}).digest == digest_of(text.substr(5, 7)));
    BOOST_TEST(of({.offset = 999'999}).digest == digest_of(text.substr(999'999)));
    BOOST_TEST(of({.offset = 999'999, .length = 50'000}).bytes == 4U);
    BOOST_TEST(of({.offset = text.size()}).digest == digest_of(""));
    BOOST_TEST(of({.offset = text.size() + 1}).digest == "range_invalid");
    write_file(s.inside / "empty", "");
    BOOST_TEST(of({.offset = 1}, 1, "empty").digest == "range_invalid");
}

/// However the reading is cut into steps.
BOOST_AUTO_TEST_CASE(of_each_block) {
    for (const std::uint64_t step : {1UL, 65'536UL, 300'000UL, 10'000'000UL}) {
        BOOST_TEST((of({.block = 65'536}, step).blocks == blocks_of(text, 65'536)), step);
        BOOST_TEST((of({.block = 1'000'003}, step).blocks == blocks_of(text, 1'000'003)), step);
        BOOST_TEST((of({.offset = 10, .length = 200'000, .block = 65'536}, step).blocks ==
                    blocks_of(text.substr(10, 200'000), 65'536)),
                   step);
    }
    write_file(s.inside / "empty", "");
    BOOST_TEST(of({.block = 65'536}, 1, "empty").blocks.empty());
    BOOST_TEST(of({.block = 65'536}).digest == digest_of(text)); // that of the whole is there as ever
}

BOOST_AUTO_TEST_CASE(a_file_that_says_no_size) {
    auto opened = root::open("/proc/self");
    BOOST_REQUIRE(opened.has_value());
    auto file = opened->open_read("status");
    BOOST_REQUIRE(file.has_value());
    BOOST_TEST(run(std::move(*file), {}, 100).bytes > 100U);
}

BOOST_AUTO_TEST_CASE(a_file_that_becomes_shorter) {
    auto file = s.open().open_read("f");
    BOOST_REQUIRE(::truncate((s.inside / "f").c_str(), 100) == 0);
    BOOST_TEST(run(std::move(*file), {}, 1'000'000).digest == "io_error");
}

/// What is appended meanwhile is not of the file that was opened.
BOOST_AUTO_TEST_CASE(a_file_that_grows) {
    auto file = s.open().open_read("f");
    BOOST_REQUIRE(::truncate((s.inside / "f").c_str(), 2'000'000) == 0);
    BOOST_TEST(run(std::move(*file), {}, 1'000'000).digest == digest_of(text));
}

BOOST_AUTO_TEST_SUITE_END()
