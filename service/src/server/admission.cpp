#include "server/admission.hpp"

#include <algorithm>
#include <utility>

namespace tug::service {

admission::ticket admission::enter(std::string source, make_room close_me) {
    ticket t;
    make_room leaves;
    {
        const std::lock_guard lock(mutex_);
        if (connections_ >= limits_.connections) return t;
        leaves = oldest_if_full(source);
        // What takes memory comes first, so that nothing is counted where there is none.
        std::list<newcomer> added;
        added.push_back({std::move(source), std::move(close_me)});
        t.at_ = added.begin();
        if (!t.at_->source.empty()) ++per_source_[t.at_->source];
        unauthenticated_.splice(unauthenticated_.end(), added);
        t.owner_ = this;
        t.is_unauthenticated_ = true;
        ++connections_;
        ++present_;
    }
    if (leaves) leaves();
    return t;
}

/// Who has to go before one more unauthenticated connection of that source may stay: of that source first, else the
/// oldest of all. It counts no longer from now on. Precondition: the lock is held.
admission::make_room admission::oldest_if_full(const std::string& source) {
    const auto of_source = per_source_.find(source);
    const bool source_full = of_source != per_source_.end() && of_source->second >= limits_.unauthenticated_per_source;
    if (!source_full && present_ < limits_.unauthenticated) return {};
    const auto is_of_source = [&](const newcomer& s) { return s.close && s.source == source; };
    const auto is_any = [](const newcomer& s) { return !!s.close; };
    auto at = std::ranges::find_if(unauthenticated_, is_of_source);
    if (at == unauthenticated_.end()) at = std::ranges::find_if(unauthenticated_, is_any);
    if (at == unauthenticated_.end()) return {};
    if (auto n = per_source_.find(at->source); n != per_source_.end() && --n->second == 0) per_source_.erase(n);
    at->source.clear();
    --present_;
    return std::exchange(at->close, nullptr);
}

void admission::forget(place at) {
    if (at->close) --present_;
    if (auto n = per_source_.find(at->source); n != per_source_.end() && --n->second == 0) per_source_.erase(n);
    unauthenticated_.erase(at);
}

std::size_t admission::connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
}

std::size_t admission::unauthenticated() const {
    const std::lock_guard lock(mutex_);
    return unauthenticated_.size();
}

admission::ticket::ticket(ticket&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)),
      at_(other.at_),
      is_unauthenticated_(std::exchange(other.is_unauthenticated_, false)) {}

admission::ticket& admission::ticket::operator=(ticket&& other) noexcept {
    std::swap(owner_, other.owner_);
    std::swap(at_, other.at_);
    std::swap(is_unauthenticated_, other.is_unauthenticated_);
    return *this;
}

admission::ticket::~ticket() {
    if (!owner_) return;
    const std::lock_guard lock(owner_->mutex_);
    --owner_->connections_;
    if (is_unauthenticated_) owner_->forget(at_);
}

void admission::ticket::logged_in() {
    if (!owner_ || !is_unauthenticated_) return;
    const std::lock_guard lock(owner_->mutex_);
    owner_->forget(at_);
    is_unauthenticated_ = false;
}

} // namespace tug::service
