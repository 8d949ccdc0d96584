#pragma once

#include "support/sdk_run.hpp"
#include "support/test_server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace tug::test {

/// A command in a terminal, and what it has shown.
class screen {
public:
    explicit screen(process p) : it(std::move(p)) {}

    /// Reads until `what` was shown behind what was awaited before.
    boost::asio::awaitable<void> await(std::string what) {
        for (auto at = text.find(what, seen_);; at = text.find(what, seen_)) {
            if (at != std::string::npos) {
                seen_ = at + what.size();
                co_return;
            }
            const auto piece = co_await it.read();
            BOOST_REQUIRE_MESSAGE(!piece.end(), "it never showed '" << what << "' but: " << text);
            BOOST_TEST((piece.from() == output_stream::out));
            text += piece.text();
        }
    }

    boost::asio::awaitable<void> type(std::string what) {
        const bool taken = co_await it.write(what);
        BOOST_TEST(taken);
    }

    boost::asio::awaitable<exec_result> end() {
        for (;;) {
            const auto piece = co_await it.read();
            if (piece.end()) break;
            text += piece.text();
        }
        co_return co_await it.wait();
    }

    process it;
    std::string text;

private:
    std::size_t seen_ = 0;
};

inline command in_terminal(command what) {
    return std::move(what).terminal({24, 80, "xterm-256color"}).with_stdin();
}

inline boost::asio::awaitable<screen> open(client& on, command what) {
    co_return screen(co_await on.start(in_terminal(std::move(what))));
}

/// A bash whose prompt is known.
inline command bash() {
    return command("bash", "--norc", "--noprofile", "-i").env("PS1", "ready> ").env("HISTFILE", "");
}

/// Runs a conversation with a command in a terminal.
template <class F>
void converse(command what, F talk) {
    const test_server server;
    run([&]() -> boost::asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto on = co_await open(client, what);
        co_await talk(on);
    });
}

} // namespace tug::test
