#pragma once

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstddef>
#include <map>

namespace tug::service {

/// How many queries are answered: so many of each source and of all together, by token buckets. A source of a datagram
/// may be a lie, so what counts is the bound of all; that of a source keeps one that errs from using it up. It knows no
/// clock.
class announce_rate {
public:
    using time = std::chrono::steady_clock::time_point;

    /// At once, and then a second.
    struct limit {
        double most;
        double each_second;
    };

    static constexpr limit of_source{10, 2};
    static constexpr limit of_all{200, 100};
    static constexpr std::size_t most_sources = 1'024;

    /// Whether a query that comes now is answered.
    [[nodiscard]] bool take(const boost::asio::ip::address& from, time now);

    [[nodiscard]] std::size_t remembered() const noexcept { return sources_.size(); }

private:
    struct bucket {
        double left;
        time when;
    };

    static void fill(bucket& b, const limit& how, time now);
    void forget_full(time now);

    bucket all_{of_all.most, {}};
    std::map<boost::asio::ip::address, bucket> sources_;
};

} // namespace tug::service
