#include "report.hpp"
#include "works.hpp"

#include <tug/pool.hpp>

#include <tug/net/task_group.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>

namespace tug::bench {

namespace asio = boost::asio;

namespace {

/// Calls until the time is over; each may be made again on another host.
asio::awaitable<void> call_until(pool& hosts, std::uint64_t end, latencies& all, std::uint64_t& done) {
    for (auto began = now_ns(); began < end; began = now_ns()) {
        (void)co_await hosts.stat("/");
        all.record(now_ns() - began);
        ++done;
    }
}

asio::awaitable<void> load(const target& to, const pool_settings& what) {
    const auto executor = co_await asio::this_coro::executor;
    connect_options how;
    if (to.key) how.with(*to.key);
    pool hosts(executor, what.hosts, pool_options().connect(how).keep_open(what.hosts.size()));
    (void)co_await hosts.stat("/");
    latencies all;
    std::uint64_t done = 0;
    const meter used(to.pid);
    net::task_group running(executor);
    const auto end = now_ns() + static_cast<std::uint64_t>(what.seconds * 1e9);
    for (std::size_t i = 0; i < what.depth; ++i) running.spawn(call_until(hosts, end, all, done));
    co_await running.join();
    report("pool").add(done, "calls/s", used.read()).add(all).print();
}

} // namespace

void run_pool(const target& to, const pool_settings& what) {
    asio::io_context io(1);
    std::exception_ptr thrown;
    asio::co_spawn(io, load(to, what), [&](std::exception_ptr e) { thrown = std::move(e); });
    io.run();
    if (thrown) std::rethrow_exception(thrown);
}

} // namespace tug::bench
