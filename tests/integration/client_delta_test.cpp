// Only what differs goes over the link.

#include "support/cut_link.hpp"
#include "support/sdk_run.hpp"
#include "support/temp_dir.hpp"
#include "support/test_server.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <string>

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

BOOST_AUTO_TEST_SUITE_END()
