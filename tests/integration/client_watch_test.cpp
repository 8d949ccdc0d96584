#include "support/sdk_run.hpp"
#include "support/test_server.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

std::string text_of(const watch_event& e) {
    return std::string(name_of(e.kind)) + " " + e.path + (e.directory ? "/" : "");
}

asio::awaitable<std::string> next_text(watch& from) {
    const auto event = co_await from.next();
    co_return event ? text_of(*event) : "the end";
}

} // namespace

BOOST_AUTO_TEST_SUITE(client_watch_test)

BOOST_AUTO_TEST_CASE(events_as_they_come) {
    const test_server server;
    fs::create_directories(server.in_root("d/e"));
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto events = co_await client.files().watch("d", depth::all);
        BOOST_TEST((co_await next_text(events)) == "ready ./");
        fs::create_directory(server.in_root("d/e/a"));
        BOOST_TEST((co_await next_text(events)) == "created e/a/");
        fs::rename(server.in_root("d/e/a"), server.in_root("d/b"));
        const auto renamed = co_await events.next();
        BOOST_TEST(renamed->from == "e/a");
        BOOST_TEST(renamed->path == "b");
        static_cast<void>(co_await client.put_bytes("x", "d/put\xff"));
        BOOST_TEST((co_await next_text(events)) == "created put\xff");
        fs::remove_all(server.in_root("d"));
        std::string last;
        while (last != "the end") {
            const auto text = co_await next_text(events);
            if (text == "the end") BOOST_TEST(last == "removed ./");
            last = text;
        }
    });
}

BOOST_AUTO_TEST_CASE(what_cannot_be_watched_and_watches_that_are_left) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto none = co_await client.files().watch("nothing");
        BOOST_TEST((co_await error_of(none.next())) == errc::not_found);
        for (int i = 0; i < 100; ++i) { // more than may be in flight
            auto left = co_await client.files().watch("/", depth::all);
            BOOST_TEST((co_await next_text(left)) == "ready ./");
        }
        BOOST_TEST((co_await client.ping("still here")) == "still here");
        watch empty;
        BOOST_TEST((co_await error_of(empty.next())) == errc::client_closed);
    });
}

/// A client that takes nothing while more happens than the queue of the host holds is told so, and goes on.
BOOST_AUTO_TEST_CASE(a_client_that_pauses) {
    const test_server server;
    fs::create_directory(server.in_root("d"));
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto events = co_await client.files().watch("/", depth::all);
        BOOST_TEST((co_await next_text(events)) == "ready ./");
        // Here the client's one thread takes nothing: the window fills, then the queue.
        const std::string name(200, 'n');
        for (int i = 0; i < 40'000; ++i)
            ::close(
                ::open(server.in_root("d/" + name + std::to_string(i)).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        std::string text;
        std::size_t created = 0;
        while (text != "overflow ./") {
            text = co_await next_text(events);
            if (text.starts_with("created d/")) ++created;
        }
        BOOST_TEST(created < 40'000U);
        write_file(server.in_root("d/after"), "");
        while (text != "created d/after") text = co_await next_text(events);
    });
}

BOOST_AUTO_TEST_SUITE_END()
