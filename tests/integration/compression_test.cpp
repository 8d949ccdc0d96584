// Bodies that are compressed, as a server takes and sends them.

#include "support/test_server.hpp"

#include <tug/proto/compression.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace {

using namespace tug::test;
namespace proto = tug::proto;

/// As the lines of a log.
std::string lines(std::size_t size) {
    std::string out;
    for (std::size_t i = 0; out.size() < size; ++i) out += "GET /index.html 200 " + std::to_string(i % 991) + "\n";
    out.resize(size);
    return out;
}

std::string packed(std::string_view text) {
    proto::packer by(proto::default_level);
    return std::string(by.pack(proto::chunk::copy_of(text)).text());
}

const std::string text = lines(1'000'000);

/// What came of a get, taken frame by frame.
struct taken {
    std::string bytes;
    std::uint64_t on_the_wire = 0;
    std::size_t compressed = 0; ///< Bodies.
    boost::json::object result;
};

struct connected {
    test_server server;
    raw_client c = server.connect();

    std::uint64_t begin_put(std::string_view more = "") {
        return c.call("put", R"({"path":"a","compress":"zstd","durable":false)" + std::string(more) + "}");
    }

    void body(std::uint64_t id, std::string_view more, std::string_view bytes) {
        c.note("rpc.data", R"({"call":)" + std::to_string(id) + R"(,"stream":"data")" + std::string(more) + "}", bytes);
    }

    void compressed(std::uint64_t id, std::string_view of, std::string_view more = "") {
        body(id, R"(,"zstd":)" + std::to_string(of.size()) + std::string(more), packed(of));
    }

    taken get(std::string_view more) {
        taken out;
        const auto id = c.call("get", R"({"path":"a")" + std::string(more) + "}");
        proto::unpacker by;
        for (;;) {
            const auto frame = c.receive();
            const auto message = frame.json().as_object();
            if (message.contains("result")) {
                out.result = message.at("result").as_object();
                return out;
            }
            BOOST_REQUIRE_MESSAGE(message.contains("method"), frame.envelope);
            const auto& params = message.at("params").as_object();
            if (const auto* offset = params.if_contains("offset")) out.bytes.resize(offset->to_number<std::size_t>());
            auto piece = proto::chunk::copy_of(frame.body);
            if (const auto* holds = params.if_contains("zstd")) {
                piece.set_packed(holds->to_number<std::uint32_t>());
                ++out.compressed;
            }
            out.bytes += by.unpack(std::move(piece)).value().text();
            out.on_the_wire += frame.body.size();
            if (!frame.body.empty()) c.grant(id, "data", frame.body.size());
        }
    }
};

BOOST_FIXTURE_TEST_SUITE(server_compression_test, connected)

BOOST_AUTO_TEST_CASE(a_put_of_compressed_bodies) {
    const auto id = begin_put(R"(,"size":500003)");
    compressed(id, std::string_view(text).substr(0, 250'000));
    body(id, "", "abc"); // as it is
    compressed(id, std::string_view(text).substr(250'000, 250'000), R"(,"eof":true)");
    const auto expected = text.substr(0, 250'000) + "abc" + text.substr(250'000, 250'000);
    const auto& stored = c.wait(id);
    BOOST_TEST(stored.at("size") == "500003");
    BOOST_TEST(stored.at("digest") == json_text(digest_of(expected)));
    BOOST_TEST((read_file(server.in_root("a")) == expected));
}

BOOST_AUTO_TEST_CASE(positions_are_those_of_the_content) {
    const auto id = begin_put();
    compressed(id, std::string_view(text).substr(0, 100'000));
    compressed(id, std::string_view(text).substr(0, 1'000), R"(,"offset":200000)");
    body(id, R"(,"eof":true)", "end");
    BOOST_TEST(c.wait(id).at("size") == "201003");
    BOOST_TEST((read_file(server.in_root("a")) ==
                text.substr(0, 100'000) + std::string(100'000, '\0') + text.substr(0, 1'000) + "end"));
}

/// The call ends, and nothing else.
BOOST_AUTO_TEST_CASE(bad_frames) {
    const auto outcome = [&](std::string_view holds, std::string_view bytes, std::string_view more = "") {
        const auto id = begin_put(more);
        body(id, R"(,"eof":true,"zstd":)" + std::string(holds), bytes);
        const auto& ended = c.wait(id);
        return ended.error() + " " + ended.data("field");
    };
    const auto frame = packed(std::string_view(text).substr(0, 1'000));
    const std::string refused = R"(invalid_params "zstd")";
    BOOST_TEST(outcome("1000", "no frame") == refused);
    BOOST_TEST(outcome("1000", frame.substr(1)) == refused);
    BOOST_TEST(outcome("1000", frame.substr(0, frame.size() - 1)) == refused);
    BOOST_TEST(outcome("999", frame) == refused);
    BOOST_TEST(outcome("1001", frame) == refused);
    BOOST_TEST(outcome("1000", frame + frame) == refused);
    BOOST_TEST(outcome("1000", frame, R"(,"size":999)") == "size_mismatch ");
    BOOST_TEST(server.files() == "");
    BOOST_TEST(c.is_served());
}

BOOST_AUTO_TEST_CASE(frames_that_were_not_asked_for) {
    const auto id = c.call("put", R"({"path":"a"})");
    compressed(id, std::string_view(text).substr(0, 1'000), R"(,"eof":true)");
    BOOST_TEST(c.hear() == "error(invalid_request null)");
    BOOST_TEST(c.is_closed());
}

BOOST_AUTO_TEST_CASE(trees_refuse_bad_frames) {
    const auto id = c.call("tree.put", R"({"path":"t","compress":"zstd"})");
    body(id, R"(,"eof":true,"zstd":1000)", "no frame");
    BOOST_TEST(c.wait(id).data("field") == R"("zstd")");
    BOOST_TEST(server.files() == "");
}

BOOST_AUTO_TEST_CASE(a_get_that_is_compressed) {
    write_file(server.in_root("a"), text);
    const auto got = get(R"(,"compress":"zstd","level":5)");
    BOOST_TEST((got.bytes == text));
    BOOST_TEST(got.compressed >= 4U);
    BOOST_TEST(got.on_the_wire < 300'000U);
    BOOST_TEST(got.result.at("bytes").to_number<std::uint64_t>() == text.size());
    BOOST_TEST((got.result.at("digest").as_string() == digest_of(text)));
    BOOST_TEST(get("").compressed == 0U); // never by itself
}

BOOST_AUTO_TEST_CASE(a_part_of_a_sparse_file_that_is_compressed) {
    write_file(server.in_root("a"), text);
    std::filesystem::resize_file(server.in_root("a"), 5'000'000);
    const auto got = get(R"(,"compress":"zstd","sparse":true,"offset":300000,"length":4000000)");
    BOOST_TEST((got.bytes.substr(300'000) == text.substr(300'000) + std::string(3'300'000, '\0')));
    BOOST_TEST(got.compressed > 0U);
}

BOOST_AUTO_TEST_CASE(what_does_not_pay_goes_as_it_is) {
    write_file(server.in_root("a"), sample_bytes(1'000'000));
    const auto got = get(R"(,"compress":"zstd")");
    BOOST_TEST((got.bytes == sample_bytes(1'000'000)));
    BOOST_TEST(got.compressed == 0U);
}

BOOST_AUTO_TEST_CASE(a_level_without_compression) {
    write_file(server.in_root("a"), "x");
    BOOST_TEST(c.ask("get", R"({"path":"a","level":5})").data("field") == R"("level")");
    BOOST_TEST(c.ask("tree.get", R"({"path":".","level":5})").data("field") == R"("level")");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
