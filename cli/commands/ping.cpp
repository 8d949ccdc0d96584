#include "cli/arguments/exit_codes.hpp"
#include "cli/local/report.hpp"
#include "commands.hpp"

#include <boost/json/object.hpp>

#include <array>
#include <chrono>
#include <cstdio>

namespace asio = boost::asio;

namespace tug::cli {

asio::awaitable<int> ping(client& on, const options& o, invocation&) {
    const auto began = std::chrono::steady_clock::now();
    co_await on.ping();
    const auto took = std::chrono::steady_clock::now() - began;
    bool written = false;
    if (o.json) {
        const boost::json::object result{
            {"server", on.server()}, {"round_trip_us", std::chrono::round<std::chrono::microseconds>(took).count()}};
        written = print_json(result);
    } else {
        std::array<char, 64> text{};
        std::snprintf(text.data(), text.size(), ": round trip %.3f ms\n",
                      std::chrono::duration<double, std::milli>(took).count());
        written = print_text(printable(on.server()) + text.data());
    }
    co_return written ? exit_code::success : exit_code::failed;
}

} // namespace tug::cli
