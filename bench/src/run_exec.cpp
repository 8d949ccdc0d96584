#include "report.hpp"
#include "works.hpp"

#include <tug/net/task_group.hpp>

#include <boost/asio/this_coro.hpp>

#include <stdexcept>

namespace tug::bench {

namespace asio = boost::asio;

namespace {

/// As many as are `left`, which others take from too.
asio::awaitable<void> run_some(client& c, std::uint64_t& left, latencies& all) {
    while (left > 0) {
        --left;
        const auto began = now_ns();
        const auto ended = co_await c.exec(command("/bin/true"));
        if (!ended.ok()) throw std::runtime_error("/bin/true failed");
        all.record(now_ns() - began);
    }
}

asio::awaitable<void> run_true(client& c, std::uint64_t count, std::size_t depth, latencies& all) {
    if (depth == 1) co_return co_await run_some(c, count, all);
    net::task_group running(co_await asio::this_coro::executor);
    for (std::size_t i = 0; i < depth; ++i) running.spawn(run_some(c, count, all));
    co_await running.join();
    if (count > 0) throw std::runtime_error("/bin/true failed");
}

asio::awaitable<std::uint64_t> read_zeros(client& c, std::uint64_t bytes) {
    auto run = co_await c.start(command("head", "-c", std::to_string(bytes), "/dev/zero").reader_keeps_up());
    std::uint64_t got = 0;
    for (;;) {
        const auto piece = co_await run.read_out();
        if (piece.empty()) break;
        got += piece.size();
    }
    const auto ended = co_await run.wait();
    if (!ended.ok()) throw std::runtime_error("head failed");
    co_return got;
}

} // namespace

void run_exec(const target& to, std::uint64_t count, std::size_t depth) {
    const auto work = [&](client& c) -> asio::awaitable<void> {
        latencies warm_up;
        co_await run_true(c, count / 20 + 1, depth, warm_up);
        latencies all;
        const meter used(to.pid);
        co_await run_true(c, count, depth, all);
        report("exec").add(count, "commands/s", used.read()).add(all).print();
    };
    with_client(to, work);
}

void run_output(const target& to, std::uint64_t bytes) {
    const auto work = [&](client& c) -> asio::awaitable<void> {
        const meter used(to.pid);
        const auto got = co_await read_zeros(c, bytes);
        const auto cost = used.read();
        if (got != bytes) throw std::runtime_error("the output has " + std::to_string(got) + " bytes");
        report("output").add("bytes", bytes).add(bytes >> 20U, "MiB/s", cost).print();
    };
    with_client(to, work);
}

} // namespace tug::bench
