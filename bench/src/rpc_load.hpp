#pragma once

#include "latency.hpp"
#include "meter.hpp"
#include "sockets.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tug::bench {

/// What a run of the load generator is to do and what it found.
struct rpc_plan {
    std::size_t depth = 1;    ///< Calls in flight on each connection.
    std::size_t payload = 64; ///< Bytes of each call and answer.
    double seconds = 2;       ///< Measured, after a warm-up of a tenth of it.
    std::optional<pid_t> server;
};

struct rpc_outcome {
    std::uint64_t calls = 0;
    latencies latency;
    meter::reading used;
};

/// Keeps `depth` calls in flight on every connection from one thread over epoll: each read takes all answers that are
/// there, and one write repeats their calls. A latency is taken from one read to another: it includes the client's own
/// time. Throws std::exception, also where nothing is answered for 5 s.
[[nodiscard]] rpc_outcome run_tug_load(const rpc_plan& plan, std::vector<unique_fd> connections);
[[nodiscard]] rpc_outcome run_raw_load(const rpc_plan& plan, std::vector<unique_fd> connections);

} // namespace tug::bench
