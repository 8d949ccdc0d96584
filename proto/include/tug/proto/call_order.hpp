#pragma once

#include "tug/proto/envelope.hpp"
#include "tug/proto/error.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tug::proto {

/// The param of a request that names the calls it is to begin after.
inline constexpr std::string_view after_param = "after";

/// So many calls may stand in it, and of so many that were answered it is remembered how.
inline constexpr std::size_t max_after = 256;

/// What a call waits for. Lives as long as its owner wants to know.
class dependencies {
public:
    /// Called once it is decided whether the call may begin.
    void when_decided(std::function<void()> call) { when_decided_ = std::move(call); }

    /// All have succeeded, or one has not.
    [[nodiscard]] bool decided() const noexcept { return failed_ || open_.empty(); }

    /// The first that did not succeed.
    [[nodiscard]] const std::optional<call_id>& failed() const noexcept { return failed_; }

private:
    friend class call_order;

    std::vector<call_id> open_;
    std::optional<call_id> failed_;
    std::function<void()> when_decided_;
};

/// The order of the calls of a connection: how those ended that were answered last, and which calls wait for others.
class call_order {
public:
    /// What the value of `after` asks for. invalid_params where it is no list of 1 to max_after ids, each of a call
    /// that is `in_flight` or one of the last that were answered.
    [[nodiscard]] result<std::shared_ptr<dependencies>> wait_for(const boost::json::value& after,
                                                                 const std::function<bool(const call_id&)>& in_flight);

    /// A request was answered. Decides the calls that wait for it.
    void answered(const call_id& id, bool succeeded);

private:
    /// Calls that were answered one after the other and alike, whose ids are numbers in a row, as those of most clients
    /// are; else one call. An entry for each call would be a miss of the cache at each answer of a server with many
    /// connections.
    struct run {
        call_id last;
        std::size_t size = 0;
        bool succeeded = false;

        [[nodiscard]] bool contains(const call_id& id) const noexcept;
    };

    [[nodiscard]] std::optional<bool> ended(const call_id& id) const;
    void remember(const call_id& id, bool succeeded);
    void forget_one();

    std::vector<run> runs_;    ///< A ring of at most max_after.
    std::size_t oldest_ = 0;   ///< The number of the oldest run; run n is at n % max_after.
    std::size_t next_ = 0;     ///< The number of the next one.
    std::size_t together_ = 0; ///< The size of all, at most max_after.
    std::vector<std::weak_ptr<dependencies>> waiting_;
};

} // namespace tug::proto
