#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace tug::proto {

/// How many bytes the windows of streams may take together: those of a connection, or of all connections of a server,
/// whose budget is the parent then. The base of each window is always granted; only growth is asked for.
///
/// Thread safe: the connections of a server live on several threads.
class credit_budget {
public:
    explicit credit_budget(std::uint64_t limit, std::shared_ptr<credit_budget> parent = nullptr)
        : limit_(limit), parent_(std::move(parent)) {}

    credit_budget(const credit_budget&) = delete;
    credit_budget& operator=(const credit_budget&) = delete;

    /// The base of a window, whether it fits or not: a stream without credit would never begin.
    void charge(std::uint64_t bytes) noexcept;

    /// As much of `bytes` as is left here and above.
    [[nodiscard]] std::uint64_t grow(std::uint64_t bytes) noexcept;

    void give_back(std::uint64_t bytes) noexcept;

    /// More is taken than the limit, here or above: what has grown shall shrink.
    [[nodiscard]] bool over() const noexcept;

    [[nodiscard]] std::uint64_t charged() const noexcept { return charged_.load(std::memory_order_relaxed); }

    // --- shares: those that grow at the same time get the same -----------------------------------------------------
    void join() noexcept { growing_.fetch_add(1, std::memory_order_relaxed); }

    void leave() noexcept { growing_.fetch_sub(1, std::memory_order_relaxed); }

    /// The most that the window of one that has joined may be.
    [[nodiscard]] std::uint64_t share() const noexcept;

private:
    const std::uint64_t limit_;
    std::shared_ptr<credit_budget> parent_;
    std::atomic<std::uint64_t> charged_ = 0;
    std::atomic<std::uint32_t> growing_ = 0; ///< Windows that have joined.
};

} // namespace tug::proto
