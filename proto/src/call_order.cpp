#include "tug/proto/call_order.hpp"

#include <algorithm>
#include <string>

namespace tug::proto {

namespace {

failure bad_after(const std::string& why) {
    return failure::bad_field(after_param, why);
}

} // namespace

bool call_order::run::contains(const call_id& id) const noexcept {
    const auto end = last.number();
    const auto one = id.number();
    if (!end || !one) return last == id;
    return *one <= *end && *end - *one < size;
}

std::optional<bool> call_order::ended(const call_id& id) const {
    // Of two that had the same id the later one counts.
    for (auto n = next_; n > oldest_; --n) {
        const auto& one = runs_[(n - 1) % max_after];
        if (one.contains(id)) return one.succeeded;
    }
    return std::nullopt;
}

void call_order::remember(const call_id& id, bool succeeded) {
    if (together_ == max_after) forget_one();
    if (next_ > oldest_) {
        auto& latest = runs_[(next_ - 1) % max_after];
        if (latest.succeeded == succeeded && id.follows(latest.last)) {
            latest.last = id;
            ++latest.size;
            ++together_;
            return;
        }
    }
    const auto at = next_ % max_after;
    if (at == runs_.size()) runs_.emplace_back(); // where there is no memory for it, nothing has changed
    runs_[at] = {id, 1, succeeded};
    ++next_;
    ++together_;
}

void call_order::forget_one() {
    auto& oldest = runs_[oldest_ % max_after];
    if (--oldest.size == 0) ++oldest_;
    --together_;
}

result<std::shared_ptr<dependencies>> call_order::wait_for(const boost::json::value& after,
                                                           const std::function<bool(const call_id&)>& in_flight) {
    const auto* ids = after.if_array();
    if (!ids || ids->empty() || ids->size() > max_after)
        return bad_after("is no list of 1 to " + std::to_string(max_after) + " ids of calls");
    auto out = std::make_shared<dependencies>();
    for (const auto& one : *ids) {
        auto id = call_id::from(one);
        if (!id) return bad_after("holds what is no id of a call");
        if (in_flight(*id)) {
            out->open_.push_back(std::move(*id));
            continue;
        }
        const auto how = ended(*id);
        if (!how)
            return bad_after("names a call that is neither in flight nor one of the last " + std::to_string(max_after) +
                             " that were answered");
        if (!*how && !out->failed_) out->failed_ = std::move(*id);
    }
    if (!out->decided()) waiting_.emplace_back(out);
    return out;
}

void call_order::answered(const call_id& id, bool succeeded) {
    remember(id, succeeded);
    if (waiting_.empty()) return;
    std::erase_if(waiting_, [&](const std::weak_ptr<dependencies>& one) {
        const auto it = one.lock();
        if (!it) return true;
        if (std::erase(it->open_, id) == 0) return false;
        if (!succeeded) it->failed_ = id;
        if (!it->decided()) return false;
        if (it->when_decided_) it->when_decided_();
        return true;
    });
}

} // namespace tug::proto
