#include "tug/net/blocking_pool.hpp"

#include "tug/net/blocked_signals.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace tug::net {

namespace {

/// After so many jobs a thread lets others have the core. Without it the results of a long queue of short jobs would be
/// dealt with only at its end where there are few cores, and the peer would have nothing to do until then.
constexpr std::size_t jobs_in_a_row = 24;

} // namespace

// --- shares ----------------------------------------------------------------------------------------------------------

blocking_pool::share::share(blocking_pool& pool) : pool_(pool), own_(std::make_unique<state>().release()) {}

blocking_pool::share::~share() {
    const std::lock_guard lock(pool_.mutex_);
    // A thread may not have come back yet from a job whose user goes on already.
    own_->left = true;
    if (own_->running == 0) delete own_;
}

/// The share whose turn it is, of those that may have one more thread; null where there is none. It passes over no more
/// of them than there are threads at work.
blocking_pool::share::state* blocking_pool::next() noexcept {
    const auto free = most_ - busy_;
    const auto at = std::ranges::find_if(waiting_, [free](const auto& s) { return !s.limited || s.running < free; });
    return at == waiting_.end() ? nullptr : &*at;
}

/// The next job of it, to be run by this thread; then it is the turn of others.
blocking_pool::job& blocking_pool::take(share::state& from) noexcept {
    auto& work = from.queue.front();
    from.queue.pop_front();
    waiting_.erase(waiting_.iterator_to(from));
    if (!from.queue.empty()) waiting_.push_back(from);
    ++from.running;
    ++busy_;
    return work;
}

void blocking_pool::give_back(share::state& of) noexcept {
    --busy_;
    if (--of.running == 0 && of.left) delete &of;
}

// --- threads ---------------------------------------------------------------------------------------------------------

blocking_pool::blocking_pool(std::size_t threads, std::size_t most, std::chrono::milliseconds idle_timeout)
    : least_(threads),
      most_(std::max(threads, most)),
      idle_timeout_(idle_timeout),
      common_(std::make_unique<share::state>()) {
    common_->limited = false;
    threads_.reserve(most_);
    try {
        const std::lock_guard lock(mutex_);
        while (threads_.size() < least_) start_thread();
    } catch (...) {
        join();
        throw;
    }
}

blocking_pool::~blocking_pool() {
    join();
}

void blocking_pool::start_thread() {
    const blocked_signals inherited;
    threads_.emplace_back([this] { work(); });
}

/// Another thread where jobs wait and none is idle. Where none can be had, those that are there come to the job.
void blocking_pool::grow() noexcept {
    if (ending_ || idle_ > 0 || threads_.size() == most_ || !next()) return;
    try {
        start_thread();
    } catch (const std::exception&) {
        return;
    }
}

/// True where the caller is to wake a thread.
bool blocking_pool::claim_wake() noexcept {
    return idle_ > 0 && next() && !std::exchange(waking_, true);
}

void blocking_pool::post(job& work) {
    post(*common_, work);
}

void blocking_pool::post(share::state& of, job& work) {
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        if (of.queue.empty()) waiting_.push_back(of);
        of.queue.push_back(work);
        wake = claim_wake();
        grow();
    }
    if (wake) changed_.notify_one();
}

/// Waits until there is a job that may be run. False where this thread is to end: all do, or it is not needed any more.
bool blocking_pool::wait_for_job(std::unique_lock<std::mutex>& lock) {
    while (!next()) {
        if (ending_) return false;
        bool in_vain = false;
        ++idle_;
        if (threads_.size() > least_)
            in_vain = changed_.wait_for(lock, idle_timeout_) == std::cv_status::timeout;
        else
            changed_.wait(lock);
        --idle_;
        waking_ = false;
        if (in_vain && !next() && !ending_ && threads_.size() > least_) return false;
    }
    return true;
}

/// Takes this thread off the list. Who left before is for it to wait for: so at most one is on its way out.
std::thread blocking_pool::leave() noexcept {
    const auto self = std::ranges::find(threads_, std::this_thread::get_id(), &std::thread::get_id);
    auto before = std::exchange(left_, std::move(*self));
    threads_.erase(self);
    return before;
}

void blocking_pool::work() {
    std::unique_lock lock(mutex_);
    for (std::size_t in_a_row = 0;; ++in_a_row) {
        if (!next()) in_a_row = 0;
        if (!wait_for_job(lock)) break;
        auto& of = *next();
        auto& work = take(of);
        const bool wake = claim_wake();
        grow();
        lock.unlock();
        if (wake) changed_.notify_one();
        work.run();
        // Those who wait for the results may need this very core.
        if (in_a_row % jobs_in_a_row == jobs_in_a_row - 1) std::this_thread::yield();
        lock.lock();
        give_back(of);
    }
    if (ending_) return; // join() goes through the list
    auto before = leave();
    lock.unlock();
    if (before.joinable()) before.join();
}

void blocking_pool::join() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    // From here on no thread comes and none leaves the list.
    changed_.notify_all();
    for (auto& t : threads_) t.join();
    threads_.clear();
    if (left_.joinable()) left_.join();
}

} // namespace tug::net
