#include "announce/announce_rate.hpp"

#include <algorithm>

namespace tug::service {

void announce_rate::fill(bucket& b, const limit& how, time now) {
    const std::chrono::duration<double> since = now - b.when;
    b.left = std::min(how.most, b.left + since.count() * how.each_second);
    b.when = now;
}

/// A source whose bucket is full again is as one that never came.
void announce_rate::forget_full(time now) {
    for (auto& [from, b] : sources_) fill(b, of_source, now);
    std::erase_if(sources_, [](const auto& one) { return one.second.left >= of_source.most; });
}

bool announce_rate::take(const boost::asio::ip::address& from, time now) {
    fill(all_, of_all, now);
    if (all_.left < 1) return false;
    if (sources_.size() >= most_sources && !sources_.contains(from)) forget_full(now);
    if (sources_.size() >= most_sources && !sources_.contains(from)) return false;
    auto& own = sources_.try_emplace(from, bucket{of_source.most, now}).first->second;
    fill(own, of_source, now);
    if (own.left < 1) return false;
    own.left -= 1;
    all_.left -= 1;
    return true;
}

} // namespace tug::service
