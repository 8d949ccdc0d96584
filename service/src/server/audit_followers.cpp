#include "server/audit_followers.hpp"

#include "server/audit.hpp"

#include <boost/asio/post.hpp>

namespace tug::service {

void audit_queue::add(std::string_view line) {
    {
        const std::lock_guard lock(mutex_);
        if (lost_ > 0 || waiting_.size() + line.size() + 1 > most_waiting) {
            ++lost_;
            return;
        }
        waiting_.append(line) += '\n';
        if (++events_ > 1) return; // the wake for the first of them is on its way, or has come
    }
    boost::asio::post(home_, [self = shared_from_this()] { self->woken(); });
}

std::string audit_queue::take() {
    const std::lock_guard lock(mutex_);
    auto out = std::exchange(waiting_, {});
    counts_.events += std::exchange(events_, 0);
    counts_.lost += lost_;
    if (lost_ > 0) out.append(audit::lost_line(std::exchange(lost_, 0))) += '\n';
    return out;
}

bool audit_queue::empty() const {
    const std::lock_guard lock(mutex_);
    return events_ == 0;
}

void audit_queue::woken() const {
    if (wake_) wake_();
}

proto::result<void> audit_followers::add(std::shared_ptr<audit_queue> queue) {
    const std::lock_guard lock(mutex_);
    if (queues_.size() == most)
        return proto::failure(proto::errc::busy, std::to_string(most) + " calls follow the audit already");
    queues_.push_back(std::move(queue));
    count_ = queues_.size();
    return {};
}

void audit_followers::remove(const std::shared_ptr<audit_queue>& queue) {
    const std::lock_guard lock(mutex_);
    std::erase(queues_, queue);
    count_ = queues_.size();
}

void audit_followers::tell(std::string_view line) const {
    const std::lock_guard lock(mutex_);
    for (const auto& queue : queues_) queue->add(line);
}

} // namespace tug::service
