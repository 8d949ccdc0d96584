#include "log_in.hpp"
#include "report.hpp"
#include "rpc_load.hpp"
#include "works.hpp"

#include <stdexcept>

namespace tug::bench {

namespace {

/// The generator never waits for room in a socket: what is in flight has to fit into one.
constexpr std::size_t most_in_flight = 1024 * 1024;

} // namespace

void run_rpc(const target& to, const rpc_settings& what) {
    if (what.depth * what.payload > most_in_flight) throw std::runtime_error("depth x payload is over 1 MiB");
    rpc_plan plan;
    plan.depth = what.depth;
    plan.payload = what.payload;
    plan.seconds = what.seconds;
    plan.server = to.pid;
    std::vector<unique_fd> connections;
    for (std::size_t i = 0; i < what.connections; ++i)
        connections.push_back(what.raw ? connect_to(to.address) : open_connection(to.address, to.key));
    const auto out = what.raw ? run_raw_load(plan, std::move(connections)) : run_tug_load(plan, std::move(connections));
    report line("rpc");
    line.add("server", what.raw ? "raw epoll" : "tugd");
    line.add("connections", std::uint64_t{what.connections}).add("depth", std::uint64_t{what.depth});
    line.add(out.calls, "calls/s", out.used).add(out.latency).print();
}

} // namespace tug::bench
