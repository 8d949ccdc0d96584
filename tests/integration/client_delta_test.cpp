// Only what differs goes over the link.

#include "support/cut_link.hpp"
#include "support/fake_server.hpp"
#include "support/raw_client.hpp"
#include "support/sdk_run.hpp"
#include "support/temp_dir.hpp"
#include "support/test_server.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;

namespace {

constexpr std::uint64_t overhead = 150'000; // digests of the blocks, frames, the rest of a block

/// What went to the server when a file that begins as `old` became `now`.
std::uint64_t sent_for(const std::string& old, const std::string& now) {
    const test_server server;
    const temp_dir dir;
    write_file(server.in_root("remote"), old);
    write_file(dir / "local", now);
    const cut_link link(server.address(), cut_link::way::to_server, 0, 0);
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(link.address());
        const auto done = co_await client.put(dir / "local", "remote", put_options().delta());
        BOOST_TEST(done.size == now.size());
    });
    BOOST_TEST((read_file(server.in_root("remote")) == now));
    BOOST_TEST(server.files() == "remote");
    return link.passed(cut_link::way::to_server);
}

const std::string image = sample_bytes(20'000'000);

std::string files_in(const std::filesystem::path& directory) {
    std::string out;
    for (const auto& entry : std::filesystem::directory_iterator(directory))
        out += (out.empty() ? "" : " ") + entry.path().filename().string();
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sdk_delta)

BOOST_AUTO_TEST_CASE(what_is_the_same) {
    BOOST_TEST(sent_for(image, image) < overhead);
}

BOOST_AUTO_TEST_CASE(a_log_that_has_grown) {
    BOOST_TEST(sent_for(image, image + sample_bytes(1'000'000)) < 1'000'000 + overhead);
}

BOOST_AUTO_TEST_CASE(an_image_of_which_a_part_has_changed) {
    auto now = image;
    now.replace(7'000'000, 200'000, sample_bytes(200'000));
    now[19'000'000] ^= 1;
    BOOST_TEST(sent_for(image, now) < 200'000 + 3 * 65'536 + overhead);
}

BOOST_AUTO_TEST_CASE(what_has_become_shorter) {
    BOOST_TEST(sent_for(image, image.substr(0, 11'111'111)) < 65'536 + overhead);
}

BOOST_AUTO_TEST_CASE(nothing_to_build_on) {
    const test_server server;
    const temp_dir dir;
    write_file(dir / "local", image);
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        co_await client.put(dir / "local", "remote", put_options().delta());
        write_file(server.in_root("small"), "small");
        co_await client.put(dir / "local", "small", put_options().delta());
    });
    BOOST_TEST((read_file(server.in_root("remote")) == image));
    BOOST_TEST((read_file(server.in_root("small")) == image));
}

/// What came from the server when a local file that held `old` became `now`.
std::uint64_t received_for(const std::string& old, const std::string& now, const get_options& how = get_options()) {
    const test_server server;
    const temp_dir dir;
    write_file(server.in_root("remote"), now);
    write_file(dir / "local", old);
    const cut_link link(server.address(), cut_link::way::to_client, 0, 0);
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(link.address());
        const auto done = co_await client.get("remote", dir / "local", get_options(how).delta());
        BOOST_TEST(done.bytes == now.size());
        BOOST_TEST(done.unchanged == (how.settings().if_changed && old == now));
    });
    BOOST_TEST((read_file(dir / "local") == now));
    BOOST_TEST(files_in(dir.path()) == "local");
    return link.passed(cut_link::way::to_client);
}

BOOST_AUTO_TEST_CASE(the_same_the_other_way) {
    BOOST_TEST(received_for(image, image) < overhead);
    BOOST_TEST(received_for(image, image, get_options().if_changed().resume("token")) < overhead);
    BOOST_TEST(received_for(image, image + sample_bytes(1'000'000)) < 1'000'000 + overhead);
    auto now = image;
    now.replace(7'000'000, 200'000, sample_bytes(200'000));
    now[19'000'000] ^= 1;
    BOOST_TEST(received_for(image, now) < 200'000 + 3 * 65'536 + overhead);
    BOOST_TEST(received_for(image, image.substr(0, 11'111'111)) < 65'536 + overhead);
    BOOST_TEST(received_for(image, "small") < overhead);
    BOOST_TEST(received_for("small", image) > image.size());
    BOOST_TEST(received_for(image, "") < overhead);
}

/// Blocks of the same digest that are not the same, or a file that was written to meanwhile: all is fetched anew.
BOOST_AUTO_TEST_CASE(a_delta_that_is_not_true) {
    const temp_dir dir;
    const std::string now = "new bytes";
    write_file(dir / "local", image);
    std::string second;
    const auto answer = [&](int call, const std::string& more, const std::string& body) {
        return std::pair(R"({"jsonrpc":"2.0","method":"rpc.data","params":{"stream":"data","eof":true,"call":)" +
                             std::to_string(call) + more + "}}",
                         body);
    };
    const auto result = [&](int call) {
        return R"({"jsonrpc":"2.0","id":)" + std::to_string(call) + R"(,"result":{"size":9,"bytes":9,"digest":")" +
               digest_of(now) + R"(","mode":420,"mtime_ns":0}})";
    };
    const auto says = [&](fake_peer& peer) -> asio::awaitable<void> {
        co_await peer.hello();
        (void)co_await peer.receive("get");
        const auto nothing = answer(1, R"(,"offset":9)", "");
        co_await peer.send(nothing.first, nothing.second);
        co_await peer.send(result(1));
        second = (co_await peer.receive("get")).envelope;
        const auto all = answer(2, "", now);
        co_await peer.send(all.first, all.second);
        co_await peer.send(result(2));
        co_await peer.until_closed();
    };
    run([&]() -> asio::awaitable<void> {
        fake_server server(co_await asio::this_coro::executor, says);
        {
            auto client = co_await client::connect(server.address());
            co_await client.get("remote", dir / "local", get_options().delta());
        }
        co_await server.stop();
    });
    BOOST_TEST(second.find("delta") == std::string::npos);
    BOOST_TEST(read_file(dir / "local") == now);
    BOOST_TEST(files_in(dir.path()) == "local");
}

BOOST_AUTO_TEST_CASE(no_file_here) {
    const test_server server;
    const temp_dir dir;
    write_file(server.in_root("remote"), image);
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        co_await client.get("remote", dir / "new", get_options().delta());
        BOOST_TEST((co_await error_of(client.get("none", dir / "new", get_options().delta()))) == errc::not_found);
    });
    BOOST_TEST((read_file(dir / "new") == image));
    BOOST_TEST(files_in(dir.path()) == "new");
}

BOOST_AUTO_TEST_SUITE_END()
