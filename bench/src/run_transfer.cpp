#include "report.hpp"
#include "works.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <stdexcept>

namespace tug::bench {

namespace asio = boost::asio;

namespace {

constexpr double mebibyte = 1024.0 * 1024.0;

/// A line for `times` transfers of one size: the best of them is the one that nothing disturbed.
void print_transfers(std::string_view work, std::uint64_t size, const std::vector<double>& seconds,
                     const meter::reading& used) {
    auto sorted = seconds;
    std::ranges::sort(sorted);
    const auto rate = [&](double s) { return static_cast<double>(size) / mebibyte / s; };
    report line(work);
    line.add("bytes", size).add("times", std::uint64_t{seconds.size()});
    line.add("best", rate(sorted.front())).add("median", rate(sorted[sorted.size() / 2]));
    line.add((size * seconds.size()) >> 20U, "MiB/s", used).print();
}

} // namespace

void run_put(const target& to, const std::string& local, const std::string& remote, std::uint64_t times) {
    const auto work = [&](client& c) -> asio::awaitable<void> {
        std::vector<double> seconds;
        std::uint64_t size = 0;
        const meter used(to.pid);
        for (std::uint64_t i = 0; i < times; ++i) {
            const auto began = now_seconds();
            const auto how = put_options().durable(false);
            size = (co_await c.put(local, remote, how)).size;
            seconds.push_back(now_seconds() - began);
        }
        print_transfers("put", size, seconds, used.read());
    };
    with_client(to, work);
}

void run_get(const target& to, const std::string& remote, const std::string& local, std::uint64_t times) {
    const auto work = [&](client& c) -> asio::awaitable<void> {
        std::vector<double> seconds;
        std::uint64_t size = 0;
        const meter used(to.pid);
        for (std::uint64_t i = 0; i < times; ++i) {
            const auto began = now_seconds();
            const auto how = get_options().durable(false);
            size = (co_await c.get(remote, local, how)).size;
            seconds.push_back(now_seconds() - began);
        }
        print_transfers("get", size, seconds, used.read());
    };
    with_client(to, work);
}

} // namespace tug::bench
