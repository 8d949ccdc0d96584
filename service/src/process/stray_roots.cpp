#include "stray_roots.hpp"

#include <utility>

namespace tug::service {

stray_roots::~stray_roots() {
    for (auto& s : all_) s.root.abandon(); // SIGKILL is pending; waiting would not end
}

void stray_roots::add(spawned root, std::shared_ptr<void> place) {
    const std::lock_guard lock(mutex_);
    all_.push_back({std::move(root), std::move(place)});
}

void stray_roots::reap() noexcept {
    const std::lock_guard lock(mutex_);
    std::erase_if(all_, [](stray& s) { return s.root.reap_if_ended(); });
}

} // namespace tug::service
