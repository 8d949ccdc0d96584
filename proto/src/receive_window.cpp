#include "tug/proto/receive_window.hpp"

#include <algorithm>
#include <utility>

namespace tug::proto {

namespace {

/// Below it a window of the base size is enough, and what looks longer on a busy host is the time of the scheduler:
/// nothing grows on loopback.
constexpr duration short_link = 5'000'000;

/// So many bytes are worth a frame, also where they are less than a quarter of the window.
constexpr std::uint64_t worth_a_grant = 1024 * 1024;

} // namespace

receive_window::receive_window(const window_sizes& sizes, std::shared_ptr<credit_budget> budget)
    : sizes_(sizes), budget_(std::move(budget)), size_(sizes.base), credit_(sizes.base) {
    if (budget_) budget_->charge(size_);
}

receive_window::receive_window(receive_window&& other) noexcept = default;

void receive_window::end() noexcept {
    if (!budget_) return;
    if (shares_) budget_->leave();
    budget_->give_back(size_);
    budget_.reset();
}

std::uint64_t receive_window::widen(time_point now, const round_trip& link) noexcept {
    if (!budget_ || budget_->over() || link.least().value_or(0) < short_link) return 0;
    const auto before = size_;
    grow_to(sizes_.most);
    add(size_ - before, now);
    return size_ - before;
}

void receive_window::use(std::uint64_t bytes, time_point now, round_trip& link) noexcept {
    credit_ -= bytes;
    received_ += bytes;
    if (!probe_ || received_ <= probe_->limit) return;
    link.sample(now - probe_->sent);
    probe_.reset();
}

void receive_window::free(std::uint64_t bytes, time_point arrived) noexcept {
    freed_ += bytes;
    if (!freed_arrived_) freed_arrived_ = arrived;
}

std::uint64_t receive_window::grant(time_point now, const round_trip& link) noexcept {
    if (freed_ < worth_a_grant && freed_ * 4 < size_) return 0;
    const auto before = size_;
    adapt(now, link);
    freed_arrived_.reset();
    // A window that shrinks keeps what was freed, and no more than that.
    const auto granted = std::exchange(freed_, 0) + size_ - before;
    add(granted, now);
    return granted;
}

void receive_window::add(std::uint64_t granted, time_point now) noexcept {
    if (granted > 0 && !probe_) probe_ = probe{received_ + credit_, now};
    credit_ += granted;
}

void receive_window::adapt(time_point now, const round_trip& link) noexcept {
    if (!budget_) return;
    if (budget_->over()) return shrink_to(sizes_.base);
    if (size_ > budget_->share()) return shrink_to(budget_->share());
    if (!link.least()) return;
    if (*link.least() < short_link) return shrink_to(sizes_.base); // it seemed to be longer
    const auto took = std::max<duration>(now - freed_arrived_.value_or(now), 1);
    const auto of_two_trips =
        2.0 * static_cast<double>(freed_) * static_cast<double>(*link.least()) / static_cast<double>(took);
    if (of_two_trips <= static_cast<double>(size_)) return;
    grow_to(static_cast<std::uint64_t>(std::min(of_two_trips, static_cast<double>(sizes_.most))));
}

void receive_window::grow_to(std::uint64_t wanted) noexcept {
    if (wanted <= size_) return;
    if (!std::exchange(shares_, true)) budget_->join();
    wanted = std::min(wanted, budget_->share());
    if (wanted > size_) size_ += budget_->grow(wanted - size_);
}

void receive_window::shrink_to(std::uint64_t wanted) noexcept {
    wanted = std::max(wanted, sizes_.base);
    if (wanted >= size_) return;
    const auto less = std::min(freed_, size_ - wanted);
    size_ -= less;
    budget_->give_back(less);
}

} // namespace tug::proto
