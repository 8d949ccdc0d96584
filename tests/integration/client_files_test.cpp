#include "support/sdk_run.hpp"
#include "support/temp_dir.hpp"
#include "support/test_server.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

using namespace tug;
using namespace tug::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

std::string bytes_of_size(std::size_t size) {
    std::string out(size, '\0');
    std::uint32_t state = 1;
    for (auto& c : out) c = static_cast<char>((state = state * 1'664'525 + 1'013'904'223) >> 24);
    return out;
}

std::size_t files_in(const temp_dir& dir) {
    const std::filesystem::directory_iterator all(dir.path());
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

unsigned mode_of(const std::string& path) {
    struct stat st{};
    BOOST_REQUIRE(::stat(path.c_str(), &st) == 0);
    return st.st_mode & 0777U;
}

/// Gives a text in pieces of odd sizes.
class text_source final : public source {
public:
    explicit text_source(std::string text) : left_(std::move(text)) {}

    asio::awaitable<chunk> next(std::size_t most) override {
        auto piece = chunk::copy_of(std::string_view(left_).substr(0, std::min<std::size_t>(most, 7'777)));
        left_.erase(0, piece.size());
        if (fails_at_end && left_.empty()) throw std::runtime_error("the source broke");
        co_return std::move(piece);
    }

    [[nodiscard]] std::optional<std::uint64_t> size() const override { return said; }

    bool fails_at_end = false;
    std::optional<std::uint64_t> said; ///< What it says of its size.

private:
    std::string left_;
};

/// Waits for bytes that never come.
class silent_source final : public source {
public:
    asio::awaitable<chunk> next(std::size_t) override {
        asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
        co_await never.async_wait(asio::use_awaitable);
        co_return chunk();
    }

    [[nodiscard]] std::optional<std::uint64_t> size() const override { return std::nullopt; }
};

class text_sink final : public sink {
public:
    asio::awaitable<void> write(chunk piece) override {
        if (text.size() > fails_after) throw std::runtime_error("the sink broke");
        text += piece.text();
        co_return;
    }

    std::string text;
    std::size_t fails_after = SIZE_MAX;
};

} // namespace

BOOST_AUTO_TEST_SUITE(sdk_files)

BOOST_AUTO_TEST_CASE(files_of_many_sizes_there_and_back) {
    const test_server server;
    const temp_dir dir;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        for (const std::size_t size : {0, 1, 4'095, 262'144, 262'145, 1'048'576, 5'000'001}) {
            const auto bytes = bytes_of_size(size);
            write_file(dir / "local", bytes);
            const auto put = co_await client.put(dir / "local", "remote");
            BOOST_TEST(put.size == size);
            BOOST_TEST((read_file(server.in_root("remote")) == bytes));
            const auto got = co_await client.get("remote", dir / "back");
            BOOST_TEST(got.bytes == size);
            BOOST_TEST(got.digest == put.digest);
            BOOST_TEST((read_file(dir / "back") == bytes));
            const auto text = co_await client.get_bytes("remote");
            BOOST_TEST((text == bytes));
            const auto again = co_await client.put_bytes(bytes, "remote", put_options().digest(digest_kind::sha256));
            BOOST_TEST(again.digest.starts_with("sha256:"));
        }
        BOOST_TEST(files_in(dir) == 2U);
    });
}

BOOST_AUTO_TEST_CASE(mode_and_time_go_along) {
    const test_server server;
    const temp_dir dir;
    const auto old_mask = ::umask(027);
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        write_file(dir / "local", "x");
        std::filesystem::permissions(dir / "local", std::filesystem::perms(0755));
        const auto then = std::filesystem::last_write_time(dir / "local") - 1h;
        std::filesystem::last_write_time(dir / "local", then);
        co_await client.put(dir / "local", "remote");
        BOOST_TEST(mode_of(server.in_root("remote")) == 0755U);
        BOOST_TEST((std::filesystem::last_write_time(server.in_root("remote")) == then));
        co_await client.get("remote", dir / "back");
        BOOST_TEST(mode_of(dir / "back") == 0750U);
        BOOST_TEST((std::filesystem::last_write_time(dir / "back") == then));
        co_await client.get("remote", dir / "plain", get_options().preserve(false));
        BOOST_TEST(mode_of(dir / "plain") == 0640U);
        BOOST_TEST((std::filesystem::last_write_time(dir / "plain") != then));
        co_await client.put(dir / "local", "plain", put_options().preserve(false));
        BOOST_TEST(mode_of(server.in_root("plain")) == 0644U);
        co_await client.put(dir / "local", "set", put_options().mode(0600).mtime_ns(-1));
        BOOST_TEST(mode_of(server.in_root("set")) == 0600U);
        co_await client.get("set", dir / "before_1970");
        struct stat st{};
        BOOST_REQUIRE(::stat((dir / "before_1970").c_str(), &st) == 0);
        BOOST_TEST(st.st_mtim.tv_sec == -1);
        BOOST_TEST(st.st_mtim.tv_nsec == 999'999'999);
    });
    ::umask(old_mask);
}

BOOST_AUTO_TEST_CASE(ranges) {
    const test_server server;
    const temp_dir dir;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        co_await client.put_bytes("0123456789", "digits");
        const auto middle = co_await client.get_bytes("digits", get_options().offset(3).length(4));
        BOOST_TEST(middle == "3456");
        const auto rest = co_await client.get("digits", dir / "rest", get_options().offset(8).length(100));
        BOOST_TEST(rest.bytes == 2U);
        BOOST_TEST(rest.size == 10U);
        BOOST_TEST(read_file(dir / "rest") == "89");
        const auto none = co_await client.get_bytes("digits", get_options().offset(10).digest(digest_kind::none));
        BOOST_TEST(none.empty());
        const auto past = co_await error_of(client.get_bytes("digits", get_options().offset(11)));
        BOOST_TEST(past == errc::range_invalid);
        const auto much = co_await error_of(client.get_bytes("digits", get_options().max_bytes(9)));
        BOOST_TEST(much == errc::size_mismatch);
        const auto fits = co_await client.get_bytes("digits", get_options().max_bytes(10));
        BOOST_TEST(fits.size() == 10U);
    });
}

BOOST_AUTO_TEST_CASE(sources_and_sinks) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto bytes = bytes_of_size(1'000'000);
        text_source from(bytes);
        const auto put = co_await client.put(from, "a");
        BOOST_TEST(put.size == bytes.size());
        text_sink to;
        const auto got = co_await client.get("a", to);
        BOOST_TEST(got.digest == put.digest);
        BOOST_TEST((to.text == bytes));
    });
}

BOOST_AUTO_TEST_CASE(a_source_that_waits_while_the_server_refuses) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        silent_source from;
        BOOST_TEST((co_await error_of(client.put(from, "missing/a"))) == errc::not_found);
    });
}

BOOST_AUTO_TEST_CASE(sources_and_sinks_that_throw) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        co_await client.put_bytes("old", "a");
        const auto bytes = bytes_of_size(3'000'000);
        text_source from(bytes);
        from.fails_at_end = true;
        BOOST_CHECK_THROW((void)co_await client.put(from, "a"), std::runtime_error);
        BOOST_TEST((co_await client.get_bytes("a")) == "old");
        co_await client.put_bytes(bytes, "b");
        text_sink to;
        to.fails_after = 500'000;
        BOOST_CHECK_THROW((void)co_await client.get("b", to), std::runtime_error);
        BOOST_TEST((co_await client.ping("fine")) == "fine");
    });
}

BOOST_AUTO_TEST_CASE(progress_is_told_in_order) {
    const test_server server;
    const temp_dir dir;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        write_file(dir / "local", bytes_of_size(1'000'000));
        std::vector<transfer_progress> seen;
        const auto see = [&](const transfer_progress& now) { seen.push_back(now); };
        const auto check = [&](std::uint64_t total) {
            BOOST_REQUIRE(!seen.empty());
            BOOST_TEST(seen.back().bytes == total);
            for (const auto& now : seen) BOOST_TEST(now.total.value_or(0) == total);
            BOOST_TEST(std::ranges::is_sorted(seen, {}, &transfer_progress::bytes));
            seen.clear();
        };
        co_await client.put(dir / "local", "a", put_options().on_progress(see));
        check(1'000'000);
        co_await client.get("a", dir / "back", get_options().on_progress(see));
        check(1'000'000);
        (void)co_await client.get_bytes("a", get_options().offset(999'000).on_progress(see));
        check(1'000);
    });
}

BOOST_AUTO_TEST_CASE(what_the_server_refuses) {
    const test_server server;
    const temp_dir dir;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto big = bytes_of_size(3'000'000);
        co_await client.put_bytes("old", "a");
        const auto exists = co_await error_of(client.put_bytes(big, "a", put_options().overwrite(false)));
        BOOST_TEST(exists == errc::already_exists);
        const auto no_parent = co_await error_of(client.put_bytes(big, "x/y/z"));
        BOOST_TEST(no_parent == errc::not_found);
        co_await client.put_bytes("deep", "x/y/z", put_options().make_parents());
        const auto directory = co_await error_of(client.put_bytes("x", "x/y"));
        BOOST_TEST(directory == errc::is_directory);
        const auto outside = co_await error_of(client.put_bytes("x", "../a"));
        BOOST_TEST(outside == errc::path_denied);
        const auto mode = co_await error_of(client.put_bytes("x", "m", put_options().mode(04755)));
        BOOST_TEST(mode == errc::invalid_params);
        write_file(dir / "kept", "old");
        const auto missing = co_await error_of(client.get("no/such", dir / "kept"));
        BOOST_TEST(missing == errc::not_found);
        BOOST_TEST(read_file(dir / "kept") == "old");
        BOOST_TEST(files_in(dir) == 1U);
    });
}

BOOST_AUTO_TEST_CASE(what_this_side_refuses) {
    const test_server server;
    const temp_dir dir;
    std::filesystem::create_directory(dir / "directory");
    BOOST_REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        co_await client.put_bytes("x", "a");
        for (const std::string name : {"directory", "fifo", "no/such/file", ""}) {
            const auto local = name.empty() ? name : dir / name;
            const auto get = co_await error_of(client.get("a", local));
            BOOST_TEST(get == errc::local_io, name);
            const auto put = co_await error_of(client.put(local, "b"));
            BOOST_TEST(put == errc::local_io, name);
        }
        BOOST_TEST(server.files() == "a");
    });
}

BOOST_AUTO_TEST_CASE(a_file_that_changes_while_it_is_sent) {
    const test_server server;
    const temp_dir dir;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        for (const bool grows : {true, false}) {
            write_file(dir / "local", bytes_of_size(8'000'000));
            bool changed = false;
            const auto change = [&](const transfer_progress&) {
                if (!std::exchange(changed, true)) std::filesystem::resize_file(dir / "local", grows ? 8'000'001 : 5);
            };
            const auto ended = co_await error_of(client.put(dir / "local", "a", put_options().on_progress(change)));
            BOOST_TEST(ended == (grows ? errc::success : errc::size_mismatch));
        }
        BOOST_TEST(((co_await client.get_bytes("a")) == bytes_of_size(8'000'000))); // as it was at the start
    });
}

BOOST_AUTO_TEST_CASE(sizes_that_are_not_true) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        co_await client.put("/proc/cpuinfo", "a");
        BOOST_TEST((co_await client.get_bytes("a")).starts_with("processor"));
        for (const std::uint64_t said : {0U, 1U, 100U}) {
            text_source from("0123456789");
            from.said = said;
            co_await client.put(from, "b");
            BOOST_TEST((co_await client.get_bytes("b")) == "0123456789");
        }
    });
}

BOOST_AUTO_TEST_CASE(transfers_that_are_cancelled) {
    const test_server server;
    const temp_dir dir;
    write_file(dir / "local", bytes_of_size(20'000'000));
    write_file(server.in_root("big"), bytes_of_size(20'000'000));
    run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto client = co_await client::connect(server.address());
        for (const bool putting : {true, false}) {
            asio::cancellation_signal stop;
            net::condition done(executor);
            errc ended = errc::success;
            const auto once_under_way = [&](const transfer_progress&) { stop.emit(asio::cancellation_type::terminal); };
            auto call = putting ? error_of(client.put(dir / "local", "a", put_options().on_progress(once_under_way)))
                                : error_of(client.get("big", dir / "back", get_options().on_progress(once_under_way)));
            asio::co_spawn(executor, std::move(call),
                           asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, errc e) {
                               ended = e;
                               done.notify_all();
                           }));
            co_await done.async_wait(asio::use_awaitable);
            BOOST_TEST(ended == errc::cancelled);
        }
        BOOST_TEST(server.files() == "big");
        BOOST_TEST(files_in(dir) == 1U);
        BOOST_TEST((co_await client.ping("fine")) == "fine");
    });
}

BOOST_AUTO_TEST_SUITE_END()
