#include "fan_schedule.hpp"

#include <algorithm>

namespace tug::cli {

std::optional<std::size_t> fan_schedule::next() {
    if (stopped_ || begun_ == hosts_ || running_ >= how_.parallel) return std::nullopt;
    if (begun_ == batch_end_) {
        if (running_ > 0) return std::nullopt;
        batch_end_ = std::min(hosts_, begun_ + how_.batch);
    }
    ++running_;
    return begun_++;
}

void fan_schedule::ended(bool well) {
    --running_;
    if (!well && how_.fail_fast) stopped_ = true;
}

} // namespace tug::cli
