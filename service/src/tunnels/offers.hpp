#pragma once

#include <tug/net/condition.hpp>
#include <tug/net/transport.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace tug::service {

/// Connections that have come to where a call listens, until the client takes them or their time is over. It has no
/// clock: the caller tells the time. Thread safety: none.
class offers {
public:
    using clock = std::chrono::steady_clock;

    offers(std::size_t most, clock::duration time) : most_(most), time_(time) {}

    [[nodiscard]] bool full() const noexcept { return waiting_.size() >= most_; }

    [[nodiscard]] bool empty() const noexcept { return waiting_.empty(); }

    /// The number by which the client may take it. Precondition: not full().
    std::uint64_t add(net::stream_socket socket, clock::time_point now) {
        waiting_.push_back({++last_, now + time_, std::move(socket)});
        return last_;
    }

    /// Nothing where none of that number waits, or waits any more.
    [[nodiscard]] std::optional<net::stream_socket> take(std::uint64_t number) {
        for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
            if (at->number != number) continue;
            std::optional<net::stream_socket> out(std::move(at->socket));
            waiting_.erase(at);
            ++taken_;
            return out;
        }
        return std::nullopt;
    }

    /// Closes those whose time is over: they are in the order in which they came.
    void expire(clock::time_point now) {
        while (!waiting_.empty() && waiting_.front().deadline <= now) waiting_.pop_front();
    }

    /// When expire() has something to do. Precondition: not empty().
    [[nodiscard]] clock::time_point next_deadline() const { return waiting_.front().deadline; }

    [[nodiscard]] std::uint64_t came() const noexcept { return last_; }

    [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }

private:
    struct offer {
        std::uint64_t number;
        clock::time_point deadline;
        net::stream_socket socket;
    };

    std::size_t most_;
    clock::duration time_;
    std::deque<offer> waiting_;
    std::uint64_t last_ = 0;
    std::uint64_t taken_ = 0;
};

} // namespace tug::service
