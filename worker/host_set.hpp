#pragma once

#include <tug/pool.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace tug::worker {

/// The hosts that jobs run on, each with a pool of its own: a job is started on a certain one. A host that no longer
/// belongs to them can still be asked for the jobs that it has.
///
/// Thread safety: none.
class host_set {
public:
    using clock = std::chrono::steady_clock;

    /// `hosts`: addresses, or a single name, which stands for all that it resolves to, again every 5 s.
    host_set(boost::asio::any_io_executor home, const std::vector<std::string>& hosts, connect_options how);

    /// Looks the name up again and again, until it is cancelled. Returns at once where the hosts are a list.
    [[nodiscard]] boost::asio::awaitable<void> follow_name();

    /// That with the fewest commands of those that are not in `but` and have not just failed.
    [[nodiscard]] std::optional<std::string> choose(const std::set<std::string>& but);

    /// A connection to the host. Throws tug::error, after 2 s at the latest.
    [[nodiscard]] boost::asio::awaitable<pool_lease> lease(std::string host);

private:
    struct host {
        pool connections;
        clock::time_point left_alone_until; ///< It could not be reached.
    };

    [[nodiscard]] host& find(const std::string& address);
    boost::asio::awaitable<void> resolve();

    boost::asio::any_io_executor home_;
    connect_options how_;
    std::string name_; ///< Empty: the hosts are a list.
    std::set<std::string> current_;
    std::map<std::string, host> hosts_;
    std::mt19937 dice_{std::random_device{}()};
};

} // namespace tug::worker
