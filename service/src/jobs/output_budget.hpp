#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace tug::service {

/// How many bytes all outputs of a job may bring together.
class output_budget {
public:
    /// No limit where there is none. `on_exceeded` is called once, when the command writes a byte too much.
    output_budget(std::optional<std::uint64_t> limit, std::function<void()> on_exceeded)
        : left_(limit), on_exceeded_(std::move(on_exceeded)) {}

    [[nodiscard]] bool used_up() const noexcept { return left_ == 0U; }

    [[nodiscard]] bool exceeded() const noexcept { return exceeded_; }

    /// That many bytes, or as many as are left.
    [[nodiscard]] std::size_t cut(std::size_t bytes) const noexcept {
        return left_ ? static_cast<std::size_t>(std::min<std::uint64_t>(bytes, *left_)) : bytes;
    }

    void use(std::size_t bytes) noexcept {
        if (left_) *left_ -= bytes;
    }

    void exceed() {
        if (!std::exchange(exceeded_, true)) on_exceeded_();
    }

private:
    std::optional<std::uint64_t> left_;
    std::function<void()> on_exceeded_;
    bool exceeded_ = false;
};

} // namespace tug::service
