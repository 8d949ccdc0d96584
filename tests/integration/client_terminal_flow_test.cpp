// Terminals under load: much that is typed, much that is shown, and many of them.

#include "support/proc.hpp"
#include "support/screen.hpp"
#include "support/sdk_run.hpp"
#include "support/test_server.hpp"

#include "tug/proto/digest.hpp"
#include "tug/service/options.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>
#include <vector>

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;

namespace {

/// Descriptors of this process, which is the server too, at either end of a terminal.
std::size_t open_terminals() {
    std::size_t count = 0;
    for (const auto& fd : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        const auto what = std::filesystem::read_symlink(fd.path(), gone).string();
        if (what.starts_with("/dev/ptmx") || what.starts_with("/dev/pts/")) ++count;
    }
    return count;
}

BOOST_AUTO_TEST_SUITE(sdk_terminal_flow)

/// Mebibytes are pasted into a program that reads them. Without an echo: of that the kernel drops what it has no room
/// for.
BOOST_AUTO_TEST_CASE(a_large_paste) {
    using namespace asio::experimental::awaitable_operators;
    std::string all;
    while (all.size() < 1'048'576) all += sample_bytes(65'536);
    proto::hasher digest(proto::digest_kind::sha256);
    digest.update(std::as_bytes(std::span(all)));
    const auto wanted = digest.finish().to_string();
    converse(command::shell("stty raw -echo; echo ready; head -c 1048576 | sha256sum"),
             [&](screen& on) -> asio::awaitable<void> {
                 co_await on.await("ready\n");
                 auto ended = co_await (on.end() && on.type(all));
                 BOOST_TEST(ended.ok());
                 BOOST_TEST("sha256:" + on.text.substr(6, 64) == wanted, on.text);
             });
}

/// Ctrl-C ends a flood that is not read any faster than it comes.
BOOST_AUTO_TEST_CASE(a_flood_is_interrupted) {
    converse(bash(), [](screen& on) -> asio::awaitable<void> {
        co_await on.await("ready> ");
        co_await on.type("yes\n");
        co_await on.await("y\r\ny\r\ny\r\n");
        co_await on.type("\x03");
        co_await on.await("ready> ");
        co_await on.type("exit\n");
        const auto r = co_await on.end();
        BOOST_TEST(r.exit_code.value_or(-1) == 130);
    });
}

BOOST_AUTO_TEST_CASE(terminals_take_no_turn_of_commands) {
    server_setup how;
    how.adjust = [](service::options& o) {
        o.limits.in_flight = 1;
        o.limits.long_in_flight = 2;
    };
    const test_server server(how);
    const auto cat = [] { return in_terminal(command("cat")); };
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto first = co_await client.start(cat());
        auto second = co_await client.start(cat());
        const auto made = co_await client.exec(command("true"));
        BOOST_TEST(made.ok());
    });
}

BOOST_AUTO_TEST_CASE(a_hundred_at_once) {
    const test_server server;
    const auto all_at_once = [&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        std::vector<screen> all;
        for (int n = 0; n < 100; ++n) all.push_back(co_await open(client, command::shell("read x; echo \"got $x\"")));
        for (int n = 0; n < 100; ++n) co_await all[n].type(std::to_string(n) + "\n");
        for (int n = 0; n < 100; ++n) {
            const auto r = co_await all[n].end();
            BOOST_TEST(all[n].text == std::to_string(n) + "\r\ngot " + std::to_string(n) + "\r\n");
            BOOST_TEST(r.ok());
        }
        co_await client.close();
    };
    const auto before = open_terminals();
    run(all_at_once);
    BOOST_TEST(eventually([&] { return open_terminals() == before; })); // they are closed behind the answer
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
