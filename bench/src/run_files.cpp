#include "report.hpp"
#include "works.hpp"

#include <tug/net/task_group.hpp>

#include <boost/asio/this_coro.hpp>

#include <exception>
#include <filesystem>
#include <stdexcept>
#include <vector>

namespace tug::bench {

namespace asio = boost::asio;

namespace {

/// The files of a run, and the first failure of it. Those that take from it share one thread.
struct files_queue {
    const files_settings& what;
    std::vector<std::string> names{};
    std::size_t next = 0;
    std::uint64_t bytes = 0;
    std::exception_ptr failed{};
    latencies latency{};
};

std::vector<std::string> names_of(const files_settings& what) {
    std::vector<std::string> out;
    if (!what.put)
        for (std::size_t i = 0; i < what.count; ++i) out.push_back(std::to_string(i));
    else
        for (const auto& entry : std::filesystem::directory_iterator(what.local))
            out.push_back(entry.path().filename().string());
    if (out.empty()) throw std::runtime_error("there are no files to move");
    return out;
}

asio::awaitable<std::uint64_t> move_one(client& c, const files_settings& what, const std::string& name) {
    const auto local = what.local + "/" + name;
    const auto remote = what.remote + "/" + name;
    if (what.put) {
        const auto how = put_options().durable(false).make_parents();
        co_return (co_await c.put(local, remote, how)).size;
    }
    const auto how = get_options().durable(false);
    co_return (co_await c.get(remote, local, how)).bytes;
}

/// Takes files from the queue until there are none, or one failed.
asio::awaitable<void> move_files(client& c, files_queue& q) {
    try {
        while (!q.failed && q.next < q.names.size()) {
            const auto& name = q.names[q.next++];
            const auto began = now_ns();
            q.bytes += co_await move_one(c, q.what, name);
            q.latency.record(now_ns() - began);
        }
    } catch (...) {
        q.failed = std::current_exception();
    }
}

} // namespace

void run_files(const target& to, const files_settings& what) {
    const auto work = [&](client& c) -> asio::awaitable<void> {
        files_queue q{what};
        q.names = names_of(what);
        const meter used(to.pid);
        net::task_group movers(co_await asio::this_coro::executor);
        for (std::size_t i = 0; i < what.depth; ++i) movers.spawn(move_files(c, q));
        co_await movers.join();
        const auto cost = used.read();
        if (q.failed) std::rethrow_exception(q.failed);
        report line(what.put ? "files put" : "files get");
        line.add("bytes", q.bytes).add("depth", std::uint64_t{what.depth});
        line.add(std::uint64_t{q.names.size()}, "files/s", cost).add(q.latency).print();
    };
    with_client(to, work);
}

} // namespace tug::bench
