#pragma once

#include "cli/arguments/options.hpp"
#include "cli/hosts/invocation.hpp"

#include <tug/client.hpp>
#include <tug/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

namespace tug::cli {

/// Between two attempts to connect again; each pause is twice as long as the one before.
inline constexpr std::chrono::milliseconds first_pause{100};
inline constexpr std::chrono::milliseconds longest_pause{10'000};

/// Whether a call that failed so may succeed over another connection, or with the tugd that comes after this one.
[[nodiscard]] bool is_loss(errc code) noexcept;

/// A connection that is made again where it is lost.
///
/// Thread safety: none; on the executor of the invocation.
class reconnection {
public:
    /// `first` is used until it is lost; all must outlive it.
    reconnection(client& first, const options& o, invocation& s)
        : now_(&first, [](client*) {}),
          options_(o),
          invocation_(s),
          leaving_(s.ctl.get_executor(), boost::asio::steady_timer::time_point::max()) {}

    reconnection(const reconnection&) = delete;
    reconnection& operator=(const reconnection&) = delete;

    [[nodiscard]] client& get() noexcept { return *now_; }

    /// The connection, which stays for as long as it is held, also where another one has come: `first` must live on.
    [[nodiscard]] std::shared_ptr<client> share() const noexcept { return now_; }

    /// Says what has become of the connection, and connects until that succeeds. Throws tug::error: what no time mends,
    /// and cancelled after leave().
    [[nodiscard]] boost::asio::awaitable<void>
    come_back(std::string_view what = "the connection is lost; it is made again");

    /// come_back() is under way.
    [[nodiscard]] bool away() const noexcept { return away_; }

    /// Ends come_back().
    void leave();

    [[nodiscard]] bool left() const noexcept { return left_; }

    /// A line of tug itself while a command runs, which may have made the local terminal raw.
    void say(std::string_view line) const;

private:
    [[nodiscard]] boost::asio::awaitable<std::optional<failure>> try_until_there();
    [[nodiscard]] boost::asio::awaitable<std::optional<failure>> try_once();
    [[nodiscard]] boost::asio::awaitable<void> left_by_user();

    std::shared_ptr<client> now_;
    const options& options_;
    invocation& invocation_;
    boost::asio::steady_timer leaving_; ///< Never due: cancelled by leave().
    bool away_ = false;
    bool left_ = false;
};

} // namespace tug::cli
