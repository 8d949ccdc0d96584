#pragma once

#include <tug/transfer.hpp>

#include <cstdint>
#include <optional>

namespace tug::detail {

/// Counts the bytes of a transfer and tells them. The callback outlives it.
class progress_counter {
public:
    progress_counter(const progress_callback& tell, std::optional<std::uint64_t> total) : tell_(tell), total_(total) {}

    void add(std::uint64_t n) {
        bytes_ += n;
        if (!tell_) return;
        transfer_progress now;
        now.bytes = bytes_;
        now.total = total_;
        tell_(now);
    }

    /// So much was there before this transfer began. Tells it, also of nothing: a long hole may come first.
    void begin_at(std::uint64_t position) {
        begun_at_ = position;
        add(position);
    }

    /// What is before this position was passed, or is a hole.
    void reach(std::uint64_t position) {
        if (position > bytes_) add(position - bytes_);
    }

    [[nodiscard]] std::uint64_t begun_at() const noexcept { return begun_at_; }

    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    const progress_callback& tell_;
    std::optional<std::uint64_t> total_;
    std::uint64_t bytes_ = 0;
    std::uint64_t begun_at_ = 0;
};

} // namespace tug::detail
