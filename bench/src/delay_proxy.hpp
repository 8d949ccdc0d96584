#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace tug::bench {

/// A link as long as it is told to be: passes TCP connections on to another port of 127.0.0.1, and every byte
/// `each_way` later than it came. Nothing else of a network is imitated: no loss, no limit of the rate. Bytes on their
/// way wait here, at most `delay_proxy::most_on_the_way` in each direction of a connection; beyond that it reads no
/// more.
///
/// Thread safety: none; all of it runs on the executor, which must be one thread.
class delay_proxy {
public:
    static constexpr std::size_t most_on_the_way = std::size_t{512} * 1024 * 1024;

    delay_proxy(boost::asio::any_io_executor executor, std::uint16_t target, std::chrono::microseconds each_way);
    delay_proxy(const delay_proxy&) = delete;
    delay_proxy& operator=(const delay_proxy&) = delete;

    /// Ends at once, with the connections that are open.
    ~delay_proxy();

    [[nodiscard]] std::uint16_t port() const;

private:
    struct state;

    [[nodiscard]] static boost::asio::awaitable<void> accept(std::shared_ptr<state> s, std::uint16_t target,
                                                             std::chrono::microseconds delay);

    std::shared_ptr<state> state_;
};

} // namespace tug::bench
