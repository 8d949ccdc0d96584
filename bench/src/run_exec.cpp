#include "report.hpp"
#include "works.hpp"

#include <stdexcept>

namespace tug::bench {

namespace asio = boost::asio;

namespace {

asio::awaitable<void> run_true(client& c, std::uint64_t count, latencies& all) {
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto began = now_ns();
        const auto ended = co_await c.exec(command("/bin/true"));
        if (!ended.ok()) throw std::runtime_error("/bin/true failed");
        all.record(now_ns() - began);
    }
}

asio::awaitable<std::uint64_t> read_zeros(client& c, std::uint64_t bytes) {
    auto run = co_await c.start(command("head", "-c", std::to_string(bytes), "/dev/zero"));
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

void run_exec(const target& to, std::uint64_t count) {
    const auto work = [&](client& c) -> asio::awaitable<void> {
        latencies warm_up;
        co_await run_true(c, count / 20 + 1, warm_up);
        latencies all;
        const meter used(to.pid);
        co_await run_true(c, count, all);
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
