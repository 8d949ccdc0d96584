#include "tug/net/blocking_pool.hpp"

#include "tug/net/blocked_signals.hpp"
#include "tug/net/own_heap.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace tug::net {

namespace {

/// After so many jobs a thread lets others have the core. Without it the results of a long queue of short jobs would be
/// dealt with only at its end where there are few cores, and the peer would have nothing to do until then.
constexpr std::size_t jobs_in_a_row = 24;

} // namespace

blocking_pool::blocking_pool(std::size_t threads, std::size_t most) : most_(std::max(threads, most)) {
    threads_.reserve(most_);
    try {
        while (threads_.size() < threads) start_thread();
    } catch (...) {
        join();
        throw;
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ready_ == threads; });
}

blocking_pool::~blocking_pool() {
    join();
}

void blocking_pool::start_thread() {
    const blocked_signals inherited;
    threads_.emplace_back([this] { work(); });
}

/// Another thread where jobs wait and nobody is idle. Where none can be had, those that are there come to the job.
void blocking_pool::grow() noexcept {
    if (ending_ || queue_.empty() || idle_ > 0 || threads_.size() == most_) return;
    try {
        start_thread();
    } catch (const std::exception&) {
        return;
    }
}

/// True where the caller is to wake a thread.
bool blocking_pool::claim_wake() noexcept {
    return !queue_.empty() && idle_ > 0 && !std::exchange(waking_, true);
}

void blocking_pool::post(job& work) {
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(work);
        wake = claim_wake();
        grow();
    }
    if (wake) changed_.notify_one();
}

void blocking_pool::work() {
    take_own_heap(1);
    std::unique_lock lock(mutex_);
    ++ready_;
    changed_.notify_all();
    for (std::size_t in_a_row = 0;; ++in_a_row) {
        while (queue_.empty()) {
            if (ending_) return;
            ++idle_;
            changed_.wait(lock);
            --idle_;
            waking_ = false;
            in_a_row = 0;
        }
        auto& next = queue_.front();
        queue_.pop_front();
        const bool wake = claim_wake();
        grow();
        lock.unlock();
        if (wake) changed_.notify_one();
        next.run();
        restore_reserve();
        // Those who wait for the results may need this very core.
        if (in_a_row % jobs_in_a_row == jobs_in_a_row - 1) std::this_thread::yield();
        lock.lock();
    }
}

void blocking_pool::join() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    for (auto& t : threads_) t.join();
    threads_.clear();
}

} // namespace tug::net
