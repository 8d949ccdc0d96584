#include "tug/proto/credit_budget.hpp"

#include <algorithm>

namespace tug::proto {

void credit_budget::charge(std::uint64_t bytes) noexcept {
    charged_.fetch_add(bytes, std::memory_order_relaxed);
    if (parent_) parent_->charge(bytes);
}

std::uint64_t credit_budget::grow(std::uint64_t bytes) noexcept {
    auto charged = charged_.load(std::memory_order_relaxed);
    std::uint64_t got = 0;
    do {
        got = std::min(bytes, limit_ - std::min(limit_, charged));
    } while (!charged_.compare_exchange_weak(charged, charged + got, std::memory_order_relaxed));
    if (!parent_) return got;
    const auto above = parent_->grow(got);
    charged_.fetch_sub(got - above, std::memory_order_relaxed);
    return above;
}

void credit_budget::give_back(std::uint64_t bytes) noexcept {
    charged_.fetch_sub(bytes, std::memory_order_relaxed);
    if (parent_) parent_->give_back(bytes);
}

bool credit_budget::over() const noexcept {
    return charged() > limit_ || (parent_ && parent_->over());
}

std::uint64_t credit_budget::share() const noexcept {
    return limit_ / std::max<std::uint32_t>(1, growing_.load(std::memory_order_relaxed));
}

} // namespace tug::proto
