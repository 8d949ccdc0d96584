#include "cli/local/shared_file.hpp"

#include "support/temp_dir.hpp"

#include <tug/error.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

/// All of the file, as one host gets it.
asio::awaitable<void> read_all(shared_file& from, std::string& into) {
    shared_file_source source(from);
    for (;;) {
        const auto piece = co_await source.next(100'000);
        if (piece.empty()) co_return;
        into.append(piece.text());
    }
}

struct fixture {
    void run(asio::awaitable<void> work) {
        asio::co_spawn(io, std::move(work), [](const std::exception_ptr& e) {
            if (e) std::rethrow_exception(e);
        });
    }

    void all_of() {
        io.run();
        io.restart();
    }

    std::unique_ptr<shared_file> open(const std::string& path) {
        std::unique_ptr<shared_file> out;
        const auto work = [&]() -> asio::awaitable<void> { out = co_await shared_file::open(thread, path); };
        run(work());
        all_of();
        return out;
    }

    static std::string text(std::size_t size) {
        std::string out;
        while (out.size() < size) out += std::to_string(out.size()) + "\n";
        out.resize(size);
        return out;
    }

    asio::io_context io{1};
    blocking_thread thread{io.get_executor()};
    test::temp_dir dir;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(shared_file_test, fixture)

BOOST_AUTO_TEST_CASE(many_hosts_are_one_reading) {
    const auto content = text(5 * shared_file::block_size + 17);
    test::write_file(dir / "f", content);
    const auto file = open(dir / "f");
    std::vector<std::string> got(20);
    for (auto& one : got) run(read_all(*file, one));
    all_of();
    for (const auto& one : got) BOOST_TEST((one == content));
    BOOST_TEST(file->reads() == 6U);
    BOOST_TEST(file->size() == content.size());
    BOOST_TEST(file->mode().has_value());
    run(read_all(*file, got.emplace_back())); // of a later batch: all of it is still kept
    all_of();
    BOOST_TEST(file->reads() == 6U);
}

/// Two hundred hosts over a file that is larger than what is kept, each a few blocks ahead of or behind the others.
BOOST_AUTO_TEST_CASE(two_hundred_hosts_are_one_reading_of_a_large_file) {
    constexpr auto blocks = shared_file::kept_blocks + 44;
    test::write_file(dir / "f", std::string(blocks * shared_file::block_size, 'x'));
    const auto file = open(dir / "f");
    std::size_t most_kept = 0;
    const auto read_along = [&](std::size_t ahead) -> asio::awaitable<void> {
        for (std::size_t n = 0; n < blocks; ++n) {
            const auto at = std::min(n + ahead, blocks - 1) * shared_file::block_size;
            const auto piece = co_await file->read(at, 1);
            BOOST_TEST_REQUIRE(piece.size() == 1U);
            most_kept = std::max(most_kept, file->kept());
            co_await asio::post(asio::use_awaitable);
        }
    };
    for (std::size_t host = 0; host < 200; ++host) run(read_along(host % 8));
    all_of();
    BOOST_TEST(file->reads() == blocks);
    BOOST_TEST(most_kept == shared_file::kept_blocks);
}

BOOST_AUTO_TEST_CASE(what_is_kept_is_bounded) {
    const auto content = text((shared_file::kept_blocks + 1) * shared_file::block_size);
    test::write_file(dir / "f", content);
    const auto file = open(dir / "f");
    for (int i = 0; i < 2; ++i) {
        std::string got;
        run(read_all(*file, got));
        all_of();
        BOOST_TEST((got == content));
    }
    BOOST_TEST(file->reads() == 2 * (shared_file::kept_blocks + 1));
}

BOOST_AUTO_TEST_CASE(files_without_a_true_size_are_read_to_their_end) {
    const auto file = open("/proc/self/status");
    std::string got;
    run(read_all(*file, got));
    all_of();
    BOOST_TEST(got.starts_with("Name:"));
    test::write_file(dir / "empty", "");
    const auto empty = open(dir / "empty");
    BOOST_TEST(empty->size() == 0U);
    BOOST_TEST(empty->mode().has_value());
}

BOOST_AUTO_TEST_CASE(a_file_that_shrinks_is_an_error) {
    test::write_file(dir / "f", text(3 * shared_file::block_size));
    const auto file = open(dir / "f");
    BOOST_REQUIRE(::truncate((dir / "f").c_str(), shared_file::block_size + 5) == 0);
    std::string got;
    run(read_all(*file, got));
    BOOST_CHECK_EXCEPTION(io.run(), error, [](const error& e) { return e.failure().code == errc::size_mismatch; });
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_named) {
    const auto work = [&]() -> asio::awaitable<void> { (void)co_await shared_file::open(thread, dir / "none"); };
    run(work());
    BOOST_CHECK_EXCEPTION(io.run(), error, [](const error& e) { return e.failure().os_error == "ENOENT"; });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::cli
