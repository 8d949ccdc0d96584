// A long link: passes connections on to a port of this host, each byte that much later, each way.
//
// usage: bench-delay-proxy PORT MS_EACH_WAY    until it is killed; prints `listening on 127.0.0.1:PORT`

#include "delay_proxy.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

void run(const std::vector<std::string>& args) {
    if (args.size() != 2) throw std::runtime_error("usage: bench-delay-proxy PORT MS_EACH_WAY");
    const std::chrono::duration<double, std::milli> delay(std::stod(args[1]));
    boost::asio::io_context io(1);
    const tug::bench::delay_proxy proxy(io.get_executor(), static_cast<std::uint16_t>(std::stoul(args[0])),
                                        std::chrono::duration_cast<std::chrono::microseconds>(delay));
    std::printf("listening on 127.0.0.1:%u\n", static_cast<unsigned>(proxy.port()));
    std::fflush(stdout);
    io.run();
}

} // namespace

int main(int argc, char** argv) {
    try {
        run({argv + 1, argv + argc});
    } catch (const std::exception& e) {
        std::fprintf(stderr, "bench-delay-proxy: %s\n", e.what());
        return 1;
    }
    return 0;
}
