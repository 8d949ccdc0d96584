// 10 GiB of output of one command, and as much into another one's standard input, pass through tugd, and it stays
// small.

#include "support/proc.hpp"
#include "support/torture.hpp"
#include "support/tugd_under_test.hpp"

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

namespace {

using namespace tug::test;

constexpr unsigned gibibytes = 10;
constexpr std::uint64_t most_growth = 16U << 20;
constexpr std::size_t piece = 256U << 10;

/// Bytes of the output of `head -c BYTES /dev/zero`, all of them zero.
std::uint64_t drain(const tugd_under_test& tugd, std::uint64_t bytes, std::uint64_t& wrong) {
    auto client = tugd.connect();
    std::uint64_t came = 0;
    const std::string zeros(1U << 20, '\0');
    client.on_body = [&](std::string_view body) {
        came += body.size();
        if (body != std::string_view(zeros).substr(0, body.size())) ++wrong;
    };
    const auto answer = client.ask("exec", {{"argv", {"head", "-c", std::to_string(bytes), "/dev/zero"}}});
    const auto said = answer.result().at("stdout").as_object().at("bytes").to_number<std::uint64_t>();
    return said == came ? came : 0;
}

/// What `wc -c` counts of so many bytes on its standard input.
std::uint64_t fill(const tugd_under_test& tugd, std::uint64_t bytes) {
    auto client = tugd.connect();
    const auto id = client.call("exec", {{"argv", {"wc", "-c"}}, {"stdin", true}});
    const std::string data(piece, 'x');
    for (std::uint64_t sent = 0; sent < bytes; sent += data.size())
        if (!client.write(id, "stdin", data, sent + data.size() >= bytes)) break;
    static_cast<void>(client.wait(id).result());
    return std::stoull(client.output(id, "stdout"));
}

int torture() {
    launch how;
    const temp_dir dir;
    how.listen = {"unix:" + (dir / "socket")};
    const tugd_under_test tugd({"--log-level", "off"}, how);
    const auto bytes = (static_cast<std::uint64_t>(scaled(gibibytes * 1024)) << 20) / piece * piece;
    std::uint64_t wrong = 0;
    static_cast<void>(drain(tugd, piece * 64, wrong)); // what every connection costs
    static_cast<void>(fill(tugd, piece * 64));
    const auto before = memory_of(tugd.pid(), "VmHWM");
    const auto begin = std::chrono::steady_clock::now();
    std::uint64_t out = 0;
    {
        const std::jthread reader([&] { out = drain(tugd, bytes, wrong); });
        const auto in = fill(tugd, bytes);
        if (in != bytes) wrong += 1;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    const auto growth = memory_of(tugd.pid(), "VmHWM") - before;
    if (out != bytes) wrong += 1;
    if (growth > most_growth) wrong += 1;
    std::printf("%.1f GiB each way at once in %.0f s, tugd grew by %lu KiB, %lu wrong\n",
                static_cast<double>(bytes) / (1U << 30), took.count(), static_cast<unsigned long>(growth >> 10),
                static_cast<unsigned long>(wrong));
    return wrong == 0 ? 0 : 1;
}

} // namespace

int main() {
    return guarded(torture);
}
