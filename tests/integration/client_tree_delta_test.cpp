// Trees whose large files changed a little: what differs goes over the link, both ways, also into a tree that is
// replaced.

#include "support/cut_link.hpp"
#include "support/fake_server.hpp"
#include "support/raw_client.hpp"
#include "support/sample_tree.hpp"
#include "support/sdk_run.hpp"
#include "support/temp_dir.hpp"
#include "support/test_server.hpp"

#include <boost/asio/this_coro.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t overhead = 400'000; // digests, frames, lists, the rest of a block

const std::string before = sample_bytes(12'000'000);

std::string now() {
    auto out = before;
    out.replace(7'000'000, 200'000, sample_bytes(200'000));
    out[11'000'000] ^= 1;
    return out + sample_bytes(50'000);
}

/// A large file, one that is the same, and one that is small.
void make_tree(const fs::path& top, const std::string& image, const std::string& small) {
    fs::create_directories(top / "sub");
    fs::create_directories(top / "zz");
    write_text(top / "sub/image", image);
    write_text(top / "sub/small", small);
    write_text(top / "zz/same", before);
    set_time(top / "zz/same", 5, 5);
    fs::create_hard_link(top / "zz/same", top / "zz/twin");
}

/// Two trees, one of which is to become as the other is.
struct both {
    both() {
        make_tree(fs::path(here / "tree"), now(), "new");
        make_tree(server.in_root("copy"), before, "old one");
        make_tree(server.in_root("tree"), now(), "new");
        make_tree(fs::path(here / "copy"), before, "old one");
        for (const auto& top : {fs::path(here / "copy"), fs::path(server.in_root("copy"))})
            set_time(top / "sub/image", 1, 1);
    }

    /// What passed both ways together.
    std::uint64_t carry(bool put, tree_options how, tree_summary& summary) {
        const cut_link link(server.address(), cut_link::way::to_server, 0, 0);
        run([&]() -> asio::awaitable<void> {
            auto on = co_await client::connect(link.address());
            if (put)
                summary = co_await on.put_tree(here / "tree", "copy", std::move(how));
            else
                summary = co_await on.get_tree("tree", here / "copy", std::move(how));
        });
        return link.passed(cut_link::way::to_server) + link.passed(cut_link::way::to_client);
    }

    [[nodiscard]] bool are_same(bool put) const {
        return put ? picture(here / "tree") == picture(server.in_root("copy"))
                   : picture(server.in_root("tree")) == picture(here / "copy");
    }

    test_server server;
    temp_dir here;
};

BOOST_AUTO_TEST_SUITE(sdk_tree_delta)

BOOST_AUTO_TEST_CASE(what_differs_goes_over) {
    for (const bool put : {true, false})
        for (const auto mode : {tree_mode::merge, tree_mode::replace})
            for (const bool packed : {false, true}) {
                both sides;
                tree_summary done;
                auto how = tree_options().mode(mode).compare(tree_compare::times).delta();
                if (packed) how.compress();
                const auto passed = sides.carry(put, std::move(how), done);
                BOOST_TEST(passed < 250'000 + 3 * 65'536 + overhead);
                BOOST_TEST(sides.are_same(put));
                BOOST_TEST(done.files == 2U);
                BOOST_TEST(done.patched == 1U);
                BOOST_TEST(done.bytes == now().size() + 3);
                BOOST_TEST(done.reused > now().size() - 250'000 - 3 * 65'536);
            }
}

BOOST_AUTO_TEST_CASE(nothing_is_compared_where_it_is_not_asked_for) {
    both sides;
    tree_summary done;
    BOOST_TEST(sides.carry(true, tree_options().compare(tree_compare::times), done) > now().size());
    BOOST_TEST(done.patched == 0U);
    run([&]() -> asio::awaitable<void> {
        auto on = co_await client::connect(sides.server.address());
        BOOST_TEST((co_await error_of(on.put_tree(sides.here / "tree", "copy", tree_options().delta()))) ==
                   errc::invalid_params);
        BOOST_TEST((co_await error_of(on.get_tree("tree", sides.here / "copy", tree_options().delta()))) ==
                   errc::invalid_params);
    });
}

/// It says what would be, and asks for no digest.
BOOST_AUTO_TEST_CASE(a_dry_run) {
    for (const bool put : {true, false}) {
        both sides;
        tree_summary done;
        auto how = tree_options().compare(tree_compare::times).delta().dry_run();
        BOOST_TEST(sides.carry(put, std::move(how), done) < 20'000U);
        BOOST_TEST(done.files == 2U);
        BOOST_TEST(done.patched == 1U);
        BOOST_TEST(done.reused == 0U);
        BOOST_TEST(!sides.are_same(put));
    }
}

/// Where it is cut the old file is there, whole, and a second try carries it over.
BOOST_AUTO_TEST_CASE(a_connection_that_is_lost) {
    for (const bool put : {true, false})
        for (const std::uint64_t after : {3'000U, 30'000U, 150'000U}) {
            both sides;
            const auto way = put ? cut_link::way::to_server : cut_link::way::to_client;
            const auto old = put ? sides.server.in_root("copy/sub/image") : sides.here / "copy/sub/image";
            {
                const cut_link link(sides.server.address(), way, after);
                run([&]() -> asio::awaitable<void> {
                    auto on = co_await client::connect(link.address());
                    auto how = tree_options().compare(tree_compare::times).delta();
                    errc ended = errc::success;
                    if (put)
                        ended = co_await error_of(on.put_tree(sides.here / "tree", "copy", std::move(how)));
                    else
                        ended = co_await error_of(on.get_tree("tree", sides.here / "copy", std::move(how)));
                    BOOST_TEST(ended == errc::connection_lost);
                });
            }
            const auto is = content(old);
            BOOST_TEST((is == before || is == now()));
            tree_summary done;
            auto how = tree_options().compare(tree_compare::times).delta().resume("token");
            static_cast<void>(sides.carry(put, std::move(how), done));
            BOOST_TEST(sides.are_same(put));
        }
}

/// Blocks of the same digest that are not the same: all of it is sent in a second try.
BOOST_AUTO_TEST_CASE(a_delta_that_is_not_true) {
    const temp_dir here;
    make_tree(fs::path(here / "tree"), before, "small");
    std::string first;
    std::string second;
    const auto says = [&](fake_peer& peer) -> asio::awaitable<void> {
        co_await peer.hello();
        first = (co_await peer.receive("tree.put")).envelope;
        co_await peer.send(R"({"jsonrpc":"2.0","id":1,"error":{"code":-32011,"message":"no",)"
                           R"("data":{"name":"digest_mismatch","retryable":false}}})");
        second = (co_await peer.receive("tree.put")).envelope;
        co_await peer.send(R"({"jsonrpc":"2.0","id":2,"error":{"code":-32011,"message":"no",)"
                           R"("data":{"name":"digest_mismatch","retryable":false}}})");
        co_await peer.until_closed();
    };
    run([&]() -> asio::awaitable<void> {
        fake_server server(co_await asio::this_coro::executor, says);
        {
            auto on = co_await client::connect(server.address());
            auto how = tree_options().compare(tree_compare::times).delta();
            BOOST_TEST((co_await error_of(on.put_tree(here / "tree", "copy", std::move(how)))) ==
                       errc::digest_mismatch);
        }
        co_await server.stop();
    });
    BOOST_TEST(first.find(R"("delta":true)") != std::string::npos);
    BOOST_TEST(second.find("tree.put") != std::string::npos);
    BOOST_TEST(second.find("delta") == std::string::npos);
}

/// The server wants the digests of blocks: a client that is silent holds up itself alone, one that lies is told so.
BOOST_AUTO_TEST_CASE(blocks_on_the_wire) {
    test_server server;
    fs::create_directory(server.in_root("copy"));
    write_text(server.in_root("copy/a"), sample_bytes(200'000));
    auto c = server.connect();
    const auto put = c.call("tree.put", R"({"path":"copy","have":"times","delta":true})");
    c.write(put, "data", record(R"({"path":"a","type":"file","size":2000000,"mode":420,"delta":65536})"));
    const auto& blocks = c.read(put, "blocks", 4 + 4 * 16);
    BOOST_TEST((blocks.substr(0, 4) == std::string("\0\0\0\4", 4)));
    c.cancel(put);
    BOOST_TEST(c.wait(put).error() == "cancelled");
    BOOST_TEST(server.files() == "copy copy/a");
    const auto refused = c.ask("tree.put", R"({"path":"copy","delta":true})");
    BOOST_TEST(refused.error() == "invalid_params");
    BOOST_TEST(refused.data("field") == R"("delta")");
    write_text(server.in_root("copy/a"), sample_bytes(2'000'000));
    const auto get = c.call("tree.get", R"({"path":"copy","have":"times","delta":true})");
    c.write(get, "have",
            record(R"({"path":".","type":"directory"})") + record(R"({"path":"a","type":"file","size":2000000})"),
            true);
    c.write(get, "blocks", std::string("\xff\xff\xff\xff", 4));
    BOOST_TEST(c.wait(get).error() == "invalid_params");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
