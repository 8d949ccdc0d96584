// Runs commands: one whose output is collected, and one that is spoken with while it runs.
//
//     exec HOST:PORT

#include <tug/os/standard_streams.hpp>
#include <tug/tug.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

asio::awaitable<void> collected(tug::client& client) {
    auto what =
        tug::command::shell("echo \"$GREETING from $(uname -s)\"; exit 3").env("GREETING", "hello").timeout(10s);
    const auto r = co_await client.exec(std::move(what));
    // A code other than 0 is a value: only a command that never ran is an exception.
    std::cout << r.out << "exit code " << r.exit_code.value_or(-1) << ", " << r.usage.max_rss_bytes / 1024 << " KiB, "
              << r.wall.count() / 1000 << " ms\n";
}

/// Writes lines to `sort`, which says nothing before its input ends.
asio::awaitable<void> streamed(tug::client& client) {
    auto process = co_await client.start(tug::command("sort").with_stdin());
    for (const std::string word : {"pear\n", "apple\n", "fig\n"}) co_await process.write(word);
    process.close_stdin();
    for (;;) {
        const auto piece = co_await process.read();
        if (piece.end()) break;
        std::cout << piece.text();
    }
    const auto r = co_await process.wait();
    std::cout << (r.ok() ? "sorted\n" : "sort failed\n");
}

asio::awaitable<void> run(std::string address) {
    auto client = co_await tug::client::connect(std::move(address));
    co_await collected(client);
    co_await streamed(client);
    try {
        (void)co_await client.exec(tug::command("no-such-program"));
    } catch (const tug::error& e) {
        if (e.code() != tug::errc::exec_not_found) throw;
        std::cout << e.what() << '\n'; // the cause and the remedy, in one line
    }
    co_await client.close();
}

} // namespace

int main(int argc, char** argv) {
    tug::os::open_standard_streams(); // before a socket can take the place of one that is closed
    if (argc != 2) {
        std::cerr << "usage: exec HOST:PORT\n";
        return 2;
    }
    std::exception_ptr failed;
    asio::io_context io(1);
    asio::co_spawn(io, run(argv[1]), [&](std::exception_ptr e) { failed = e; });
    io.run();
    try {
        if (failed) std::rethrow_exception(failed);
    } catch (const std::exception& e) {
        std::cerr << "exec: " << e.what() << '\n';
        return 1;
    }
}
