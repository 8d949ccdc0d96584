// The SDK compresses where it is told to and where that pays, and takes nothing for content that is not.

#include "support/cut_link.hpp"
#include "support/fake_server.hpp"
#include "support/sample_tree.hpp"
#include "support/sdk_run.hpp"
#include "support/temp_dir.hpp"
#include "support/test_server.hpp"

#include <tug/proto/compression.hpp>

#include <boost/asio/this_coro.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

std::string lines(std::size_t size) {
    std::string out;
    for (std::size_t i = 0; out.size() < size; ++i) out += "GET /index.html 200 " + std::to_string(i % 991) + "\n";
    out.resize(size);
    return out;
}

const std::string text = lines(5'000'000);

/// Bytes that passed that way while a client did something.
std::uint64_t passed(const test_server& server, cut_link::way which,
                     const std::function<asio::awaitable<void>(client&)>& use) {
    const cut_link link(server.address(), which, 0, 0);
    run([&]() -> asio::awaitable<void> {
        auto on = co_await client::connect(link.address());
        co_await use(on);
    });
    return link.passed(which);
}

/// What a get ends with whose data are these bytes, said to be a frame that holds so many.
errc outcome_of(std::uint32_t holds, std::string bytes, std::string_view content) {
    errc ended = errc::success;
    const auto says = [&](fake_peer& peer) -> asio::awaitable<void> {
        co_await peer.hello();
        (void)co_await peer.receive();
        co_await peer.send(
            R"({"jsonrpc":"2.0","method":"rpc.data","params":{"call":1,"stream":"data","eof":true,"zstd":)" +
                std::to_string(holds) + "}}",
            bytes);
        const auto size = std::to_string(content.size());
        co_await peer.result(R"({"size":)" + size + R"(,"bytes":)" + size + R"(,"digest":")" + digest_of(content) +
                             R"(","mode":420,"mtime_ns":0})");
        co_await peer.until_closed();
    };
    run([&]() -> asio::awaitable<void> {
        fake_server server(co_await asio::this_coro::executor, says);
        {
            auto on = co_await client::connect(server.address());
            ended = co_await error_of(on.get_bytes("a", get_options().compress()));
        }
        co_await server.stop();
    });
    return ended;
}

BOOST_AUTO_TEST_SUITE(sdk_compression)

BOOST_AUTO_TEST_CASE(puts_and_gets) {
    const test_server server;
    const temp_dir dir;
    write_file(dir / "local", text);
    const auto up = passed(server, cut_link::way::to_server, [&](client& on) -> asio::awaitable<void> {
        const auto done = co_await on.put(dir / "local", "a", put_options().compress(5));
        BOOST_TEST(done.size == text.size());
        co_await on.put_bytes(text, "b", put_options().compress());
    });
    BOOST_TEST(up < 2 * text.size() / 5);
    BOOST_TEST((read_file(server.in_root("a")) == text));
    BOOST_TEST((read_file(server.in_root("b")) == text));
    const auto down = passed(server, cut_link::way::to_client, [&](client& on) -> asio::awaitable<void> {
        const auto done = co_await on.get("a", dir / "back", get_options().compress());
        BOOST_TEST(done.bytes == text.size());
        const auto bytes = co_await on.get_bytes("a", get_options().compress(1));
        BOOST_TEST((bytes == text));
    });
    BOOST_TEST(down < 2 * text.size() / 5);
    BOOST_TEST((read_file(dir / "back") == text));
}

/// The limit of what is held in memory is one of content.
BOOST_AUTO_TEST_CASE(the_most_that_is_held) {
    const test_server server;
    write_file(server.in_root("a"), text);
    passed(server, cut_link::way::to_client, [&](client& on) -> asio::awaitable<void> {
        const auto how = get_options().compress().max_bytes(text.size() - 1);
        BOOST_TEST((co_await error_of(on.get_bytes("a", how))) == errc::size_mismatch);
    });
}

BOOST_AUTO_TEST_CASE(with_the_options_that_it_goes_with) {
    const test_server server;
    const temp_dir dir;
    auto now = text;
    now.replace(2'000'000, 500'000, lines(500'001).substr(1));
    write_file(dir / "local", now);
    write_file(server.in_root("a"), text);
    const auto up = passed(server, cut_link::way::to_server, [&](client& on) -> asio::awaitable<void> {
        co_await on.put(dir / "local", "a", put_options().compress().delta());
        co_await on.put(dir / "local", "kept", put_options().compress().resume("token").if_changed());
    });
    BOOST_TEST(up < text.size() / 2);
    BOOST_TEST((read_file(server.in_root("a")) == now));
    BOOST_TEST((read_file(server.in_root("kept")) == now));
    write_file(dir / "back", text);
    passed(server, cut_link::way::to_client, [&](client& on) -> asio::awaitable<void> {
        co_await on.get("a", dir / "back", get_options().compress().delta());
    });
    BOOST_TEST((read_file(dir / "back") == now));
}

BOOST_AUTO_TEST_CASE(trees) {
    const test_server server;
    const temp_dir here;
    const fs::path tree = here / "tree";
    fs::create_directory(tree);
    make_sample_tree(tree);
    write_file(tree / "log", text);
    const auto expected = picture(tree);
    const auto up = passed(server, cut_link::way::to_server, [&](client& on) -> asio::awaitable<void> {
        const auto done = co_await on.put_tree(tree, "copy", tree_options().compress());
        BOOST_TEST(done.bytes > text.size());
    });
    BOOST_TEST(up < text.size() / 2);
    BOOST_TEST((picture(server.in_root("copy")) == expected));
    const auto down = passed(server, cut_link::way::to_client, [&](client& on) -> asio::awaitable<void> {
        co_await on.get_tree("copy", here / "back", tree_options().compress(9));
    });
    BOOST_TEST(down < text.size() / 2);
    BOOST_TEST((picture(here / "back") == expected));
}

BOOST_AUTO_TEST_CASE(a_server_that_sends_bad_frames) {
    proto::packer by(proto::default_level);
    const auto content = text.substr(0, 10'000);
    const std::string frame(by.pack(proto::chunk::copy_of(content)).text());
    BOOST_TEST(outcome_of(10'000, frame, content) == errc::success);
    BOOST_TEST(outcome_of(9'999, frame, content) == errc::protocol_violation);
    BOOST_TEST(outcome_of(10'001, frame, content) == errc::protocol_violation);
    BOOST_TEST(outcome_of(10'000, "no frame", content) == errc::protocol_violation);
    BOOST_TEST(outcome_of(10'000, frame + frame, content) == errc::protocol_violation);
    BOOST_TEST(outcome_of(0, frame, content) == errc::protocol_violation);
    BOOST_TEST(outcome_of(2'000'000, frame, content) == errc::protocol_violation);
    BOOST_TEST(outcome_of(10'000, frame, "other") == errc::size_mismatch);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
