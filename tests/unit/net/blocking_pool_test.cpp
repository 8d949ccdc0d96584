#include "tug/net/blocking_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <functional>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

namespace {

using tug::net::blocking_pool;

/// Posts a function; the job goes when it has run.
void post(blocking_pool& pool, std::function<void()> work) {
    struct posted final : blocking_pool::job {
        explicit posted(std::function<void()> f) : it(std::move(f)) {}

        void run() noexcept override {
            const std::unique_ptr<posted> gone(this);
            it();
        }

        std::function<void()> it;
    };

    pool.post(*std::make_unique<posted>(std::move(work)).release());
}

BOOST_AUTO_TEST_SUITE(blocking_pool_test)

BOOST_AUTO_TEST_CASE(one_thread_does_them_in_order) {
    blocking_pool pool(1);
    std::vector<int> order;
    for (int i = 0; i < 100; ++i) post(pool, [&order, i] { order.push_back(i); });
    pool.join();
    BOOST_TEST(order.size() == 100U);
    BOOST_TEST(std::ranges::is_sorted(order));
}

BOOST_AUTO_TEST_CASE(jobs_that_block_have_all_the_threads) {
    constexpr int threads = 4;
    blocking_pool pool(threads);
    for (int round = 0; round < 200; ++round) {
        // Opens only when every one of them runs at the same time. The last to leave it frees it.
        const auto all_here = std::make_shared<std::latch>(threads + 1);
        for (int i = 0; i < threads; ++i) post(pool, [all_here] { all_here->arrive_and_wait(); });
        all_here->arrive_and_wait();
    }
}

BOOST_AUTO_TEST_CASE(it_grows_while_jobs_wait_for_a_thread) {
    constexpr int most = 4;
    blocking_pool pool(1, most);
    for (int round = 0; round < 200; ++round) {
        const auto all_here = std::make_shared<std::latch>(most + 1);
        for (int i = 0; i < most; ++i) post(pool, [all_here] { all_here->arrive_and_wait(); });
        all_here->arrive_and_wait();
    }
}

BOOST_AUTO_TEST_CASE(it_grows_no_further) {
    blocking_pool pool(1, 2);
    std::atomic<int> now = 0;
    std::atomic<bool> more = false;
    for (int i = 0; i < 1000; ++i)
        post(pool, [&] {
            if (++now > 2) more = true;
            std::this_thread::yield();
            --now;
        });
    pool.join();
    BOOST_TEST(!more);
}

BOOST_AUTO_TEST_CASE(a_job_may_post_another) {
    blocking_pool pool(2);
    std::latch done(1);
    post(pool, [&] { post(pool, [&] { done.count_down(); }); });
    done.wait();
}

BOOST_AUTO_TEST_CASE(all_that_was_posted_is_done_before_join_returns) {
    std::atomic<int> count = 0;
    {
        blocking_pool pool(3);
        for (int i = 0; i < 1000; ++i) post(pool, [&] { ++count; });
    }
    BOOST_TEST(count == 1000);
}

BOOST_AUTO_TEST_CASE(no_signal_is_delivered_to_its_threads) {
    blocking_pool pool(1);
    bool blocked = false;
    post(pool, [&] {
        sigset_t mask;
        pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        blocked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGCHLD) == 1;
    });
    pool.join();
    BOOST_TEST(blocked);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
