#include "server/io_thread.hpp"

#include <tug/net/blocked_signals.hpp>
#include <tug/net/own_heap.hpp>

#include <exception>
#include <utility>

namespace tug::service {

void report_thrown(const log& logger, const char* what) noexcept {
    try {
        logger.error("io_thread", {{"what", what}});
    } catch (...) {
        return;
    }
}

void io_thread::start(boost::asio::io_context& io, std::shared_ptr<const log> logger) {
    const net::blocked_signals inherited;
    thread_ = std::thread([this, &io, to = std::move(logger)] { run(io, *to); });
    ready_.wait(false);
}

void io_thread::run(boost::asio::io_context& io, const log& logger) noexcept {
    net::take_own_heap(reserve_blocks_);
    ready_ = true;
    ready_.notify_one();
    for (;;) {
        try {
            io.run();
            return;
        } catch (const std::exception& e) {
            report_thrown(logger, e.what());
        }
    }
}

} // namespace tug::service
