// The SDK over a link that breaks: what was interrupted goes on, and is whole or not there at all.

#include "support/cut_link.hpp"
#include "support/sdk_run.hpp"
#include "support/temp_dir.hpp"
#include "support/test_server.hpp"

#include <tug/os/partial_file.hpp>

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

const std::string content = sample_bytes(1'500'000);

/// Positions in what goes over the link where it breaks.
constexpr std::uint64_t cuts[] = {1,       100,       500,       1'000,     70'000,   300'000,
                                  700'001, 1'048'576, 1'300'000, 1'499'999, 1'500'100};

/// Where so much went over, a part of it was written: what is beyond a window is sent for that alone. Of the rest a
/// reset may take what waits to be read.
constexpr std::uint64_t more_than_a_window = 1'100'000;

std::size_t entries_of(const std::string& directory) {
    const fs::directory_iterator all(directory);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Goes by itself: the call before is not over on the server yet.
template <class Call>
asio::awaitable<errc> until_not_busy(Call call) {
    for (;;) {
        auto begun = call();
        const auto code = co_await error_of(std::move(begun));
        if (code != errc::busy) co_return code;
    }
}

std::uint64_t blocks_of(const std::string& path) {
    struct stat st{};
    BOOST_REQUIRE(::stat(path.c_str(), &st) == 0);
    return static_cast<std::uint64_t>(st.st_blocks) * 512;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sdk_resume)

BOOST_AUTO_TEST_CASE(a_put_that_is_cut_anywhere) {
    for (const auto after : cuts) BOOST_TEST_CONTEXT(after) {
            const test_server server;
            const temp_dir dir;
            write_file(dir / "local", content);
            write_file(server.in_root("remote"), "old");
            const cut_link link(server.address(), cut_link::way::to_server, after);
            run([&]() -> asio::awaitable<void> {
                const auto how = put_options().resume("t");
                bool cut = false;
                try {
                    auto first = co_await client::connect(link.address());
                    co_await first.put(dir / "local", "remote", how);
                } catch (const error& e) {
                    cut = true;
                    BOOST_TEST((e.failure().code == errc::connection_lost || e.failure().code == errc::connect_failed));
                }
                BOOST_TEST(cut);
                BOOST_TEST(read_file(server.in_root("remote")) == "old");
                auto second = co_await client::connect(link.address());
                put_result done;
                const auto again = [&]() -> asio::awaitable<void> {
                    done = co_await second.put(dir / "local", "remote", how);
                };
                const auto code = co_await until_not_busy(again);
                BOOST_TEST(code == errc::success);
                BOOST_TEST(done.size == content.size());
                if (after > more_than_a_window) BOOST_TEST(done.resumed_at > 0U);
            });
            BOOST_TEST((read_file(server.in_root("remote")) == content));
            BOOST_TEST(server.files() == "remote");
        }
}

BOOST_AUTO_TEST_CASE(a_get_that_is_cut_anywhere) {
    for (const auto after : cuts) BOOST_TEST_CONTEXT(after) {
            const test_server server;
            const temp_dir dir;
            write_file(dir / "local", "old");
            write_file(server.in_root("remote"), content);
            const cut_link link(server.address(), cut_link::way::to_client, after);
            run([&]() -> asio::awaitable<void> {
                const auto how = get_options().resume("t");
                bool cut = false;
                try {
                    auto first = co_await client::connect(link.address());
                    co_await first.get("remote", dir / "local", how);
                } catch (const error&) {
                    cut = true;
                }
                BOOST_TEST(cut);
                BOOST_TEST(read_file(dir / "local") == "old");
                auto second = co_await client::connect(link.address());
                const auto done = co_await second.get("remote", dir / "local", how);
                BOOST_TEST(done.size == content.size());
                BOOST_TEST(done.bytes + done.resumed_at == content.size());
                if (after > more_than_a_window) BOOST_TEST(done.resumed_at > 0U);
            });
            BOOST_TEST((read_file(dir / "local") == content));
            BOOST_TEST(entries_of(dir.path()) == 1U);
        }
}

/// The digest of the whole decides, and then all comes anew.
BOOST_AUTO_TEST_CASE(what_was_kept_here_and_is_wrong) {
    const test_server server;
    const temp_dir dir;
    write_file(server.in_root("remote"), content);
    const auto part = dir / os::partial_name({"t", "remote", "local"});
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto how = get_options().resume("t");
        write_file(part, std::string(500'000, 'x'));
        fs::permissions(part, fs::perms(0600));
        auto done = co_await client.get("remote", dir / "local", how);
        BOOST_TEST(done.resumed_at == 0U);
        BOOST_TEST((read_file(dir / "local") == content));
        // Longer than the file is now.
        write_file(part, std::string(content.size() + 1, 'x'));
        fs::permissions(part, fs::perms(0600));
        done = co_await client.get("remote", dir / "local", how);
        BOOST_TEST((read_file(dir / "local") == content));
        // Older than the last change of the file.
        write_file(part, content.substr(0, 500'000));
        fs::permissions(part, fs::perms(0600));
        fs::last_write_time(part, fs::last_write_time(server.in_root("remote")) - std::chrono::hours(1));
        done = co_await client.get("remote", dir / "local", how);
        BOOST_TEST(done.resumed_at == 0U);
        BOOST_TEST((read_file(dir / "local") == content));
        BOOST_TEST(entries_of(dir.path()) == 1U);
    });
}

BOOST_AUTO_TEST_CASE(what_was_kept_there_and_is_wrong) {
    const test_server server;
    const temp_dir dir;
    write_file(dir / "local", content);
    const auto part = server.in_root(os::partial_name({"t", "", "remote", std::to_string(content.size())}));
    write_file(part, std::string(500'000, 'x'));
    fs::permissions(part, fs::perms(0600));
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto done = co_await client.put(dir / "local", "remote", put_options().resume("t"));
        BOOST_TEST(done.resumed_at == 0U);
    });
    BOOST_TEST((read_file(server.in_root("remote")) == content));
    BOOST_TEST(server.files() == "remote");
}

BOOST_AUTO_TEST_CASE(what_is_the_same_is_not_sent) {
    const test_server server;
    const temp_dir dir;
    write_file(dir / "local", content);
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto put = put_options().if_changed().resume("t");
        auto stored = co_await client.put(dir / "local", "remote", put);
        BOOST_TEST(!stored.unchanged);
        const auto first = stored.digest;
        stored = co_await client.put(dir / "local", "remote", put);
        BOOST_TEST(stored.unchanged);
        BOOST_TEST(stored.digest == first);
        const auto get = get_options().if_changed();
        auto got = co_await client.get("remote", dir / "local", get);
        BOOST_TEST(got.unchanged);
        BOOST_TEST(got.bytes == 0U);
        write_file(server.in_root("remote"), "new");
        got = co_await client.get("remote", dir / "local", get);
        BOOST_TEST(!got.unchanged);
        BOOST_TEST(read_file(dir / "local") == "new");
        got = co_await client.get("remote", dir / "fresh", get);
        BOOST_TEST(read_file(dir / "fresh") == "new");
    });
}

BOOST_AUTO_TEST_CASE(conditions) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto absent = put_options().if_match("absent");
        const auto first = co_await client.put_bytes("one", "a", absent);
        auto code = co_await error_of(client.put_bytes("two", "a", absent));
        BOOST_TEST(code == errc::precondition_failed);
        co_await client.put_bytes("two", "a", put_options().if_match(first.digest));
        code = co_await error_of(client.put_bytes("three", "a", put_options().if_match(first.digest)));
        BOOST_TEST(code == errc::precondition_failed);
        code = co_await error_of(client.put_bytes("three", "a", put_options().if_match("none")));
        BOOST_TEST(code == errc::invalid_params);
        BOOST_TEST(read_file(server.in_root("a")) == "two");
    });
}

BOOST_AUTO_TEST_CASE(sparse_files_stay_sparse) {
    const test_server server;
    const temp_dir dir;
    constexpr std::uint64_t size = 100'000'000;
    const std::string middle = sample_bytes(200'000);
    std::string whole(size, '\0');
    whole.replace(50'000'000, middle.size(), middle);
    write_file(dir / "local", "");
    fs::resize_file(dir / "local", 50'000'000);
    {
        std::ofstream out(dir / "local", std::ios::binary | std::ios::app);
        out << middle;
    }
    fs::resize_file(dir / "local", size);
    BOOST_TEST_REQUIRE(blocks_of(dir / "local") < 1'000'000U);
    const cut_link link(server.address(), cut_link::way::to_server, 0, 0);
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(link.address());
        const auto put = co_await client.put(dir / "local", "remote");
        BOOST_TEST(put.size == size);
        const auto got = co_await client.get("remote", dir / "back");
        BOOST_TEST(got.bytes == size);
        const auto part =
            co_await client.get("remote", dir / "part", get_options().offset(49'000'000).length(1'100'000));
        BOOST_TEST(part.bytes == 1'100'000U);
        const auto text = co_await client.get_bytes("remote", get_options().max_bytes(size));
        BOOST_TEST((text == whole));
    });
    BOOST_TEST((read_file(server.in_root("remote")) == whole));
    BOOST_TEST((read_file(dir / "back") == whole));
    BOOST_TEST((read_file(dir / "part") == whole.substr(49'000'000, 1'100'000)));
    for (const auto& path : {server.in_root("remote"), dir / "back", dir / "part"})
        BOOST_TEST(blocks_of(path) < 1'000'000U);
    BOOST_TEST(link.passed(cut_link::way::to_server) < 400'000U);
}

/// The last bytes are written with the commit where they are few and no hole is behind them.
BOOST_AUTO_TEST_CASE(few_bytes_and_holes) {
    const test_server server;
    const temp_dir dir;
    constexpr std::size_t size = 3'000'000;
    const std::string few = "a few bytes";
    const std::vector<std::vector<std::size_t>> places{
        {0}, {size - few.size()}, {0, size - few.size()}, {size / 2}, {}};
    for (const auto& at : places) {
        std::string whole(size, '\0');
        write_file(server.in_root("remote"), "");
        fs::resize_file(server.in_root("remote"), size);
        std::fstream out(server.in_root("remote"), std::ios::binary | std::ios::in | std::ios::out);
        for (const auto position : at) {
            whole.replace(position, few.size(), few);
            out.seekp(static_cast<std::streamoff>(position));
            out << few;
        }
        out.close();
        run([&]() -> asio::awaitable<void> {
            auto client = co_await client::connect(server.address());
            const auto got = co_await client.get("remote", dir / "back");
            BOOST_TEST(got.bytes == size);
        });
        BOOST_TEST((read_file(dir / "back") == whole));
        BOOST_TEST(blocks_of(dir / "back") < 100'000U);
    }
}

/// No faster than it may: 400 KB at 1 MB/s take 0.3 s at least, whatever else happens.
BOOST_AUTO_TEST_CASE(a_limited_rate) {
    const test_server server;
    const temp_dir dir;
    write_file(dir / "local", content.substr(0, 400'000));
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto begun = std::chrono::steady_clock::now();
        co_await client.put(dir / "local", "remote", put_options().limit_rate(1'000'000));
        const auto stored = std::chrono::steady_clock::now();
        BOOST_TEST(((stored - begun) >= std::chrono::milliseconds(290)));
        co_await client.get("remote", dir / "back", get_options().limit_rate(1'000'000));
        BOOST_TEST(((std::chrono::steady_clock::now() - stored) >= std::chrono::milliseconds(290)));
    });
    BOOST_TEST((read_file(dir / "back") == content.substr(0, 400'000)));
}

BOOST_AUTO_TEST_SUITE_END()
