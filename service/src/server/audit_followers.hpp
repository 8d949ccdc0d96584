#pragma once

#include <tug/proto/audit_messages.hpp>
#include <tug/proto/error.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tug::service {

/// The lines that wait for one who follows the audit: added by every thread, taken on his own. They are bounded, and
/// a thread that adds one never waits for him: what finds no room is lost, counted, and told in its place by a line.
class audit_queue : public std::enable_shared_from_this<audit_queue> {
public:
    /// What waits at once, in bytes.
    static constexpr std::size_t most_waiting = std::size_t{1024} * 1024;

    /// `wake` is called on `home`, when there are lines again, until close().
    audit_queue(boost::asio::any_io_executor home, std::function<void()> wake)
        : home_(std::move(home)), wake_(std::move(wake)) {}

    /// `line` is without its newline. From any thread.
    void add(std::string_view line);

    // The others are for the thread of the follower.

    /// All that waits, as whole lines.
    [[nodiscard]] std::string take();

    [[nodiscard]] bool empty() const;

    /// Of what was taken.
    [[nodiscard]] const proto::audit_follow_result& counts() const noexcept { return counts_; }

    void close() noexcept { wake_ = nullptr; }

private:
    void woken() const;

    boost::asio::any_io_executor home_;
    std::function<void()> wake_;
    mutable std::mutex mutex_; ///< Of the next three.
    std::string waiting_;
    std::uint64_t events_ = 0; ///< In `waiting_`.
    std::uint64_t lost_ = 0;   ///< After them.
    proto::audit_follow_result counts_;
};

/// All who follow the audit. Thread safe.
class audit_followers {
public:
    /// At once: a line costs the one whom it is about a little for each of them.
    static constexpr std::size_t most = 32;

    /// Whether a line is for any of them. It costs nothing to ask.
    [[nodiscard]] bool any() const noexcept { return count_.load(std::memory_order_relaxed) != 0; }

    /// Fails with busy where there are as many as may be.
    [[nodiscard]] proto::result<void> add(std::shared_ptr<audit_queue> queue);

    void remove(const std::shared_ptr<audit_queue>& queue);

    /// `line` is without its newline.
    void tell(std::string_view line) const;

private:
    mutable std::mutex mutex_;
    std::vector<std::shared_ptr<audit_queue>> queues_;
    std::atomic<std::size_t> count_ = 0;
};

} // namespace tug::service
