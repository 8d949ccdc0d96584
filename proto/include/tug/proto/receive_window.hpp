#pragma once

#include "tug/proto/credit_budget.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace tug::proto {

/// Nanoseconds on a clock of the layer above that never goes back, and between two times of it.
using time_point = std::int64_t;
using duration = std::int64_t;

/// The round trip of a connection: the shortest time between something that was sent and something that the peer could
/// only send after it had that. Each sample is an upper bound, so the least is the best. It is the whole way, also
/// where a proxy or a tunnel lies between, of which TCP_INFO would tell the half.
class round_trip {
public:
    void sample(duration d) noexcept {
        if (!least_ || d < *least_) least_ = d;
    }

    /// Nothing until there was a sample.
    [[nodiscard]] std::optional<duration> least() const noexcept { return least_; }

private:
    std::optional<duration> least_;
};

/// How large the window of a stream is.
struct window_sizes {
    std::uint64_t base = 0; ///< At the beginning, and at least.
    std::uint64_t most = 0; ///< It grows to this.
};

/// The credit of one stream, on the side that receives. The window is what the sender may have sent and the reader has
/// not done with; so it bounds the memory of the stream.
///
/// The window grows where it would be used up within two round trips at the rate of the reader: then the sender waits
/// for credit, and the reader does not hold it up. The rate is that of the bytes since the last grant, over the time
/// from the arrival of the first of them until the reader had done with the last: what waits for a slow reader counts
/// against it. Over the budget the window shrinks: what the reader has done with is not granted again.
///
/// Time is an input. Thread safety: none, but for the budget.
class receive_window {
public:
    receive_window(const window_sizes& sizes, std::shared_ptr<credit_budget> budget);
    receive_window(receive_window&& other) noexcept;
    receive_window& operator=(receive_window&&) = delete;

    ~receive_window() { end(); }

    /// Bytes the sender may still send.
    [[nodiscard]] std::uint64_t credit() const noexcept { return credit_; }

    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

    /// For a reader that holds nothing up, before the first byte: what to grant at once, so that a long link does not
    /// wait for the window to grow. 0 where the link is short, or the budget has nothing left.
    [[nodiscard]] std::uint64_t widen(time_point now, const round_trip& link) noexcept;

    /// `bytes` come in. Precondition: no more than credit().
    void use(std::uint64_t bytes, time_point now, round_trip& link) noexcept;

    /// The reader has done with `bytes`, the first of which came at `arrived`.
    void free(std::uint64_t bytes, time_point arrived) noexcept;

    /// What to grant now; nothing until it is worth a frame: a quarter of the window, or 1 MiB.
    [[nodiscard]] std::uint64_t grant(time_point now, const round_trip& link) noexcept;

    /// Nothing more comes and nothing waits: gives back what it has of the budget.
    void end() noexcept;

private:
    void add(std::uint64_t granted, time_point now) noexcept;
    void adapt(time_point now, const round_trip& link) noexcept;
    void grow_to(std::uint64_t wanted) noexcept;
    void shrink_to(std::uint64_t wanted) noexcept;

    struct probe {
        std::uint64_t limit; ///< What is beyond was sent after the grant.
        time_point sent;
    };

    window_sizes sizes_;
    std::shared_ptr<credit_budget> budget_; ///< May be null: then nothing grows.
    std::uint64_t size_;
    std::uint64_t credit_;
    std::uint64_t received_ = 0;
    std::uint64_t freed_ = 0;                 ///< Done with, and not granted again yet …
    std::optional<time_point> freed_arrived_; ///< … and when the first of these came.
    std::optional<probe> probe_;
    bool shares_ = false; ///< It has wanted to grow, and has a share of the budget.
};

} // namespace tug::proto
