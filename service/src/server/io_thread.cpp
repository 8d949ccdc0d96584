#include "server/io_thread.hpp"

#include <tug/net/blocked_signals.hpp>

#include <exception>
#include <new>
#include <utility>

namespace tug::service {

namespace {

void run(boost::asio::io_context& io, const log& logger) {
    for (;;) {
        try {
            io.run();
            return;
        } catch (const std::bad_alloc&) {
            std::terminate();
        } catch (const std::exception& e) {
            logger.error("io_thread", {{"what", e.what()}});
        }
    }
}

} // namespace

void io_thread::start(boost::asio::io_context& io, std::shared_ptr<const log> logger) {
    const net::blocked_signals inherited;
    thread_ = std::thread([&io, to = std::move(logger)] { run(io, *to); });
}

} // namespace tug::service
