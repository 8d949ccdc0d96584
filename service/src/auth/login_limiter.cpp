#include "auth/login_limiter.hpp"

#include <algorithm>
#include <tuple>

namespace tug::service {

login_limiter::duration login_limiter::wait(std::string_view source, time now) const {
    const std::lock_guard lock(mutex_);
    const auto at = table_.find(source);
    if (at == table_.end() || now >= at->second.until) return {};
    return std::chrono::ceil<duration>(at->second.until - now);
}

login_limiter::duration login_limiter::failed(std::string_view source, time now) {
    if (source.empty()) return {};
    const std::lock_guard lock(mutex_);
    auto at = table_.find(source);
    if (at != table_.end() && stale(at->second, now)) at->second = {};
    if (at == table_.end()) {
        if (table_.size() >= limits_.sources) make_room(now);
        at = table_.emplace(source, entry{}).first;
    }
    auto& e = at->second;
    if (now < e.until) return {};
    e.last = now;
    if (++e.failures < limits_.most) return {};
    e.penalty = e.penalty == duration() ? limits_.first : std::min(e.penalty * 2, limits_.last);
    e.until = now + e.penalty;
    return e.penalty;
}

void login_limiter::succeeded(std::string_view source) {
    if (source.empty()) return;
    const std::lock_guard lock(mutex_);
    if (const auto at = table_.find(source); at != table_.end()) table_.erase(at);
}

std::size_t login_limiter::remembered() const {
    const std::lock_guard lock(mutex_);
    return table_.size();
}

/// Forgets those who have not failed for long, else the one that matters least. Linear, but only for a new source
/// that fails, and that has cost it more. Precondition: the lock is held, the table is not empty.
void login_limiter::make_room(time now) {
    if (std::erase_if(table_, [&](const auto& item) { return stale(item.second, now); }) > 0) return;
    table_.erase(std::ranges::min_element(
        table_, {}, [](const auto& item) { return std::tuple(item.second.failures, item.second.last); }));
}

} // namespace tug::service
