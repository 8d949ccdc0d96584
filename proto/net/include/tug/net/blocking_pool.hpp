#pragma once

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/slist.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace tug::net {

/// Threads for work that may block; see run_blocking(). All signals are blocked in them.
///
/// Users have a share each: jobs of one share begin in the order in which they come, and shares take turns. One idle
/// thread is woken at a time, and it wakes the next one if there is more to do by then: short jobs that come together
/// are done by one thread, one after the other, while jobs that block have as many threads as there are.
/// (asio::thread_pool wakes a thread for every job: with many small files that costs more than the files.)
///
/// Thread safety: post() may be called from any thread.
class blocking_pool {
public:
    /// One piece of work. The poster must keep it until run() is called; run() may end it.
    class job : public boost::intrusive::slist_base_hook<> {
    public:
        job() = default;
        job(const job&) = delete;
        job& operator=(const job&) = delete;
        virtual void run() noexcept = 0;

    protected:
        ~job() = default;
    };

    /// What one of several users has of the pool: a queue of its own, and never more threads than it leaves free. So
    /// one whose jobs all hang (on a file system that does not answer) holds half of the threads at most, a second one
    /// half of the rest, and others still find some. The user must have no job in it when it goes. Not movable.
    class share {
    public:
        /// Throws std::bad_alloc. The pool must outlive it.
        explicit share(blocking_pool& pool);
        ~share();
        share(const share&) = delete;
        share& operator=(const share&) = delete;

        void post(job& work) { pool_.post(*own_, work); }

    private:
        friend class blocking_pool;

        /// Guarded by the mutex of the pool.
        struct state : boost::intrusive::list_base_hook<> {
            boost::intrusive::slist<job, boost::intrusive::cache_last<true>> queue;
            std::size_t running = 0;
            bool limited = true;
            bool left = false; ///< By its user: the last thread that works for it deletes it.
        };

        blocking_pool& pool_;
        state* own_; ///< Owned, together with the threads that run jobs of it.
    };

    /// `threads`, at least one, are there from the start and stay; up to `most` come when jobs wait while all are at
    /// work. Those above `threads` end one by one when they had nothing to do for `idle_timeout`: after a busy moment,
    /// once it is quiet. Throws std::system_error where the first ones cannot be had.
    explicit blocking_pool(std::size_t threads, std::size_t most = 0,
                           std::chrono::milliseconds idle_timeout = std::chrono::seconds(2));

    /// As join().
    ~blocking_pool();
    blocking_pool(const blocking_pool&) = delete;
    blocking_pool& operator=(const blocking_pool&) = delete;

    /// Posts for a user who has no share, and may have all of the threads.
    void post(job& work);

    /// Waits until all that was posted is done, then ends the threads. Nothing may be posted afterwards.
    void join();

private:
    using share_list = boost::intrusive::list<share::state, boost::intrusive::constant_time_size<false>>;

    void post(share::state& of, job& work);
    [[nodiscard]] share::state* next() noexcept;
    [[nodiscard]] job& take(share::state& from) noexcept;
    void give_back(share::state& of) noexcept;
    void start_thread();
    void grow() noexcept;
    void work();
    [[nodiscard]] bool claim_wake() noexcept;
    [[nodiscard]] bool wait_for_job(std::unique_lock<std::mutex>& lock);
    [[nodiscard]] std::thread leave() noexcept;

    const std::size_t least_;
    const std::size_t most_;
    const std::chrono::milliseconds idle_timeout_;
    std::mutex mutex_;
    std::condition_variable changed_;
    share_list waiting_; ///< Shares that have jobs which wait, the next one first.
    std::unique_ptr<share::state> common_;
    std::size_t busy_ = 0; ///< Threads at work.
    std::size_t idle_ = 0;
    bool waking_ = false; ///< A thread was told and has not looked yet.
    bool ending_ = false;
    std::vector<std::thread> threads_;
    std::thread left_; ///< The one that left last: it ends without the lock, and the next one or join() waits for it.
};

} // namespace tug::net
