#pragma once

#include "delay_proxy.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

namespace tug::test {

/// A delaying proxy on a thread of its own, before a server on this host ("127.0.0.1:PORT").
class long_link {
public:
    explicit long_link(const std::string& to, std::chrono::milliseconds each_way = std::chrono::milliseconds(10)) {
        const auto port = std::stoul(to.substr(to.rfind(':') + 1));
        proxy_.emplace(io_.get_executor(), static_cast<std::uint16_t>(port), each_way);
        address_ = "127.0.0.1:" + std::to_string(proxy_->port());
        thread_ = std::thread([this] { io_.run(); });
    }

    long_link(const long_link&) = delete;
    long_link& operator=(const long_link&) = delete;

    ~long_link() {
        io_.stop();
        thread_.join();
        proxy_.reset();
    }

    [[nodiscard]] const std::string& address() const noexcept { return address_; }

private:
    boost::asio::io_context io_{1};
    std::optional<bench::delay_proxy> proxy_;
    std::string address_;
    std::thread thread_;
};

} // namespace tug::test
