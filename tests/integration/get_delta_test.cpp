// get: only what differs from the file that the client has.

#include "support/test_server.hpp"

#include <tug/proto/digest.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace tug::test;
namespace proto = tug::proto;

constexpr std::size_t block = 65'536;

/// Those of the blocks, raw.
std::string digests_of(std::string_view bytes) {
    std::string out;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(block, bytes.size()))) {
        proto::hasher hasher(proto::digest_kind::xxh3_128);
        hasher.update(std::as_bytes(std::span(bytes.substr(0, block))));
        const auto made = hasher.finish();
        for (const auto b : made.bytes()) out += static_cast<char>(b);
    }
    return out;
}

const std::string content = sample_bytes(50 * block + 77);

struct connected {
    test_server server;
    raw_client c = server.connect();
    boost::json::object result;

    /// What the server sends a client that has `old`: "position+size" for each body, in blocks and bytes, and where
    /// it says it ends.
    std::string changes(const std::string& old, const std::string& now) {
        write_file(server.in_root("a"), now);
        const auto id = c.call("get", R"({"path":"a","delta":65536})");
        c.write(id, "have", digests_of(old), true);
        std::string out;
        std::uint64_t at = 0;
        for (;;) {
            const auto frame = c.receive();
            const auto message = frame.json().as_object();
            if (message.contains("result")) {
                result = message.at("result").as_object();
                return out;
            }
            BOOST_REQUIRE_MESSAGE(message.contains("method"), frame.envelope);
            if (message.at("method") != "rpc.data") continue;
            const auto& params = message.at("params").as_object();
            if (const auto* offset = params.if_contains("offset")) at = offset->to_number<std::uint64_t>();
            BOOST_TEST((frame.body == std::string_view(now).substr(at, frame.body.size())));
            if (!frame.body.empty()) {
                out += std::to_string(at / block) + "+" + std::to_string(frame.body.size()) + " ";
                c.grant(id, "data", frame.body.size());
            }
            at += frame.body.size();
            if (params.contains("eof")) BOOST_TEST(at == now.size());
        }
    }
};

BOOST_FIXTURE_TEST_SUITE(server_get_delta_test, connected)

BOOST_AUTO_TEST_CASE(blocks_that_differ) {
    BOOST_TEST(changes(content, content) == "");
    BOOST_TEST(result.at("bytes").to_number<std::uint64_t>() == content.size());
    BOOST_TEST(result.at("size").to_number<std::uint64_t>() == content.size());
    BOOST_TEST((result.at("digest").as_string() == digest_of(content)));
    auto now = content;
    now[3 * block + 5] ^= 1;
    now[5 * block - 1] ^= 1;
    now[40 * block] ^= 1;
    BOOST_TEST(changes(content, now) == "3+65536 4+65536 40+65536 ");
    BOOST_TEST((result.at("digest").as_string() == digest_of(now)));
    now.back() ^= 1;
    BOOST_TEST(changes(content, now) == "3+65536 4+65536 40+65536 50+77 ");
}

BOOST_AUTO_TEST_CASE(files_of_another_size) {
    BOOST_TEST(changes(content, content + "x") == "50+78 ");
    BOOST_TEST(changes(content, content.substr(0, 20 * block)) == "");
    BOOST_TEST(changes(content, content.substr(0, 20 * block + 5)) == "20+5 ");
    BOOST_TEST(changes("", "abc") == "0+3 ");
    BOOST_TEST(changes(content, "") == "");
    BOOST_TEST(changes(content.substr(0, 2 * block), content.substr(0, 4 * block)) == "2+65536 3+65536 ");
}

/// A client may send them as slowly as it likes, and in any pieces.
BOOST_AUTO_TEST_CASE(digests_that_come_byte_by_byte) {
    write_file(server.in_root("a"), content);
    const auto id = c.call("get", R"({"path":"a","delta":65536})");
    const auto digests = digests_of(content.substr(0, 49 * block));
    for (std::size_t at = 0; at < digests.size(); at += 5) c.write(id, "have", digests.substr(at, 5));
    BOOST_TEST(!c.is_answered(id));
    c.write(id, "have", "", true);
    const auto& ended = c.wait(id);
    BOOST_TEST((ended.text("data") == content.substr(49 * block)));
    BOOST_TEST(ended.at("digest") == json_text(digest_of(content)));
}

BOOST_AUTO_TEST_CASE(a_get_that_is_cancelled_while_it_waits_for_digests) {
    write_file(server.in_root("a"), content);
    const auto id = c.call("get", R"({"path":"a","delta":65536})");
    c.cancel(id);
    BOOST_TEST(c.wait(id).error() == "cancelled");
    BOOST_TEST(c.is_served());
}

BOOST_AUTO_TEST_CASE(what_it_does_not_go_with) {
    write_file(server.in_root("a"), content);
    const auto digest = json_text(digest_of(content));
    for (const std::string& more :
         {std::string(R"("offset":1)"), std::string(R"("length":1)"), std::string(R"("sparse":true)"),
          std::string(R"("digest":"none")"), R"("if_changed":)" + digest})
        BOOST_TEST(c.ask("get", R"({"path":"a","delta":65536,)" + more + "}").data("field") == R"("delta")", more);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
