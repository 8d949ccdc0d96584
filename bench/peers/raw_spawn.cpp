// The limit of exec: posix_spawn with two pipes, both read to their end, and wait; without any network.
//
// usage: bench-raw-spawn COUNT [IN-FLIGHT]; prints one line of JSON. The oldest is waited for before another is
// started.

#include "report.hpp"
#include "spawned_child.hpp"

#include <cstdio>
#include <deque>
#include <exception>

namespace tug::bench {

namespace {

void drain(const unique_fd& from) {
    std::array<char, 4096> buffer{};
    while (checked(::read(from.get(), buffer.data(), buffer.size()), "read") > 0) {
    }
}

struct started {
    spawned_child child{{"/bin/true"}};
    std::uint64_t began = now_ns();
};

void run(std::uint64_t count, std::size_t in_flight) {
    const std::uint64_t warm_up = count / 20 + in_flight;
    latencies all;
    std::optional<meter> used;
    std::deque<started> running;
    for (std::uint64_t ended = 0; ended < warm_up + count; ++ended) {
        if (ended == warm_up) used.emplace(std::nullopt);
        while (running.size() < in_flight) running.emplace_back();
        const auto& oldest = running.front();
        drain(oldest.child.out);
        drain(oldest.child.err);
        if (oldest.child.wait() != 0) throw std::runtime_error("/bin/true failed");
        if (used) all.record(now_ns() - oldest.began);
        running.pop_front();
    }
    report("exec").add(count, "commands/s", used->read()).add(all).print();
}

} // namespace

} // namespace tug::bench

int main(int argc, char** argv) {
    try {
        tug::bench::run(argc > 1 ? std::stoull(argv[1]) : 1000, argc > 2 ? std::stoull(argv[2]) : 1);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "bench-raw-spawn: %s\n", e.what());
        return 1;
    }
    return 0;
}
