#include "support/sdk_run.hpp"
#include "support/test_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

asio::awaitable<std::vector<std::string>> paths_in(client& on, std::string directory, depth how) {
    auto all = co_await on.files().list(std::move(directory), how);
    std::vector<std::string> out;
    for (;;) {
        auto entry = co_await all.next();
        if (!entry) break;
        out.push_back(std::move(entry->path));
    }
    co_return out;
}

BOOST_AUTO_TEST_SUITE(client_file_operations_test)

BOOST_AUTO_TEST_CASE(one_after_the_other) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto files = client.files();
        co_await files.make_directories("a/b/c");
        co_await files.make_directory("a/d", 0700);
        BOOST_TEST((co_await error_of(files.make_directory("a/d", 0700))) == errc::already_exists);
        static_cast<void>(co_await client.put_bytes("12345", "a/b/file"));
        const auto info = co_await files.stat("a/b/file");
        BOOST_TEST((info.type == file_type::file));
        BOOST_TEST(info.size == 5U);
        co_await files.make_symlink("a/link", "b/\xff");
        const auto link = co_await files.stat("a/link", symlinks::keep);
        BOOST_TEST(link.target.value() == "b/\xff");
        BOOST_TEST((co_await error_of(files.stat("a/link"))) == errc::not_found);
        co_await files.make_link("a/b/file", "a/second");
        co_await files.rename("a/second", "a/third");
        BOOST_TEST((co_await error_of(files.rename("a/third", "a/d", rename_mode::keep))) == errc::already_exists);
        file_attributes to;
        to.mode = 0600;
        to.mtime_ns = 1;
        co_await files.set("a/third", to);
        BOOST_TEST((co_await files.stat("a/b/file")).mode == 0600U); // it has two names
        const std::vector<std::string> all{"b", "b/c", "b/file", "d", "link", "third"};
        BOOST_TEST((co_await paths_in(client, "a", depth::all)) == all, boost::test_tools::per_element());
        BOOST_TEST((co_await files.space("/")).total_bytes > 0U);
        BOOST_TEST((co_await error_of(files.remove("a"))) == errc::is_directory);
        BOOST_TEST((co_await files.remove("a", depth::all)) == 7U);
        BOOST_TEST(!fs::exists(server.in_root("a")));
    });
}

BOOST_AUTO_TEST_CASE(listings_that_fail_or_are_left) {
    const test_server server;
    for (int i = 0; i < 3'000; ++i) write_file(server.in_root(std::string(200, 'n') + std::to_string(i)), "");
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto none = co_await client.files().list("nothing");
        BOOST_TEST((co_await error_of(none.next())) == errc::not_found);
        {
            auto left = co_await client.files().list("/");
            BOOST_TEST((co_await left.next()).has_value());
        }
        BOOST_TEST((co_await client.ping("still here")) == "still here");
        BOOST_TEST((co_await paths_in(client, "/", depth::one)).size() == 3'000U);
        listing empty;
        BOOST_TEST((co_await error_of(empty.next())) == errc::client_closed);
    });
}

/// A path below the directory that is listed may be longer than any path of a request.
BOOST_AUTO_TEST_CASE(a_listing_of_a_deep_tree) {
    constexpr int depth_of_tree = 400;
    const test_server server;
    const std::string name(250, 'n');
    int at = ::open(server.in_root("").c_str(), O_PATH | O_DIRECTORY);
    for (int i = 0; i < depth_of_tree; ++i) {
        BOOST_TEST_REQUIRE(::mkdirat(at, name.c_str(), 0755) == 0);
        const int below = ::openat(at, name.c_str(), O_PATH | O_DIRECTORY);
        ::close(at);
        at = below;
    }
    ::close(at);
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto all = co_await paths_in(client, "/", depth::all);
        BOOST_TEST(all.size() == std::size_t{depth_of_tree});
        BOOST_TEST(all.back().size() == depth_of_tree * (name.size() + 1) - 1);
        BOOST_TEST((co_await client.files().remove(name, depth::all)) == std::uint64_t{depth_of_tree});
    });
}

BOOST_AUTO_TEST_CASE(with_another_token) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto token = asio::as_tuple(asio::use_awaitable);
        const auto [failed, info] = co_await client.files().stat("nothing", token);
        BOOST_TEST((failure_of(failed).code == errc::not_found));
        const auto [fine, count] = co_await client.files().remove("nothing", depth::all, token);
        BOOST_TEST((failure_of(fine).code == errc::not_found));
    });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
