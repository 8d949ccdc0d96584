// The limit of exec: posix_spawn with two pipes, both read to their end, and wait; in sequence, without any network.
//
// usage: bench-raw-spawn COUNT; prints one line of JSON.

#include "report.hpp"
#include "spawned_child.hpp"

#include <cstdio>
#include <exception>

namespace tug::bench {

namespace {

void drain(const unique_fd& from) {
    std::array<char, 4096> buffer{};
    while (checked(::read(from.get(), buffer.data(), buffer.size()), "read") > 0) {
    }
}

void run_true() {
    const spawned_child child({"/bin/true"});
    drain(child.out);
    drain(child.err);
    if (child.wait() != 0) throw std::runtime_error("/bin/true failed");
}

void run(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count / 20 + 1; ++i) run_true(); // warm-up
    latencies all;
    const meter used(std::nullopt);
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto began = now_ns();
        run_true();
        all.record(now_ns() - began);
    }
    report("exec").add(count, "commands/s", used.read()).add(all).print();
}

} // namespace

} // namespace tug::bench

int main(int argc, char** argv) {
    try {
        tug::bench::run(argc > 1 ? std::stoull(argv[1]) : 1000);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "bench-raw-spawn: %s\n", e.what());
        return 1;
    }
    return 0;
}
