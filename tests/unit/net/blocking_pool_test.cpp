#include "tug/net/blocking_pool.hpp"

#include "support/proc.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

namespace {

using tug::net::blocking_pool;

/// Posts a function, to a pool or to a share of one; the job goes when it has run.
template <class Pool>
void post(Pool& pool, std::function<void()> work) {
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

/// Has that many jobs run at the same time. The last of them to leave the latch frees it.
void fill(blocking_pool& pool, int jobs) {
    const auto all_here = std::make_shared<std::latch>(jobs + 1);
    for (int i = 0; i < jobs; ++i) post(pool, [all_here] { all_here->arrive_and_wait(); });
    all_here->arrive_and_wait();
}

bool has_threads(std::size_t count) {
    return tug::test::eventually([&] { return tug::test::threads_of(::getpid()) == count; });
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
    for (int round = 0; round < 200; ++round) fill(pool, threads);
}

BOOST_AUTO_TEST_CASE(it_grows_while_jobs_wait_for_a_thread) {
    constexpr int most = 4;
    blocking_pool pool(1, most);
    for (int round = 0; round < 200; ++round) fill(pool, most);
}

BOOST_AUTO_TEST_CASE(threads_that_have_nothing_to_do_end_but_for_the_first_ones) {
    const auto without = tug::test::threads_of(::getpid());
    blocking_pool pool(2, 6, std::chrono::milliseconds(1));
    for (int round = 0; round < 20; ++round) {
        fill(pool, 6);
        BOOST_TEST_REQUIRE(has_threads(without + 2));
    }
    fill(pool, 2);
    pool.join();
    BOOST_TEST(has_threads(without));
}

BOOST_AUTO_TEST_CASE(jobs_find_a_thread_also_while_threads_end) {
    blocking_pool pool(1, 4, std::chrono::milliseconds(0));
    for (int round = 0; round < 2000; ++round) fill(pool, 1 + round % 4);
}

BOOST_AUTO_TEST_CASE(join_waits_for_threads_that_are_about_to_end) {
    for (int round = 0; round < 200; ++round) {
        std::atomic<int> count = 0;
        {
            blocking_pool pool(1, 4, std::chrono::milliseconds(0));
            fill(pool, 4);
            for (int i = 0; i < 8; ++i) post(pool, [&] { ++count; });
        }
        BOOST_TEST_REQUIRE(count == 8);
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

// --- shares ----------------------------------------------------------------------------------------------------------

/// Jobs of one user that hang until they are let go, and how many of them have begun.
struct hanging {
    explicit hanging(blocking_pool& pool) : share(pool) {}

    void post_many(int jobs) {
        for (int i = 0; i < jobs; ++i)
            post(share, [this] {
                ++begun;
                go_on.wait();
            });
    }

    std::atomic<int> begun = 0;
    std::latch go_on{1};
    blocking_pool::share share;
};

/// Waits until a job that comes now has been done.
void use(blocking_pool::share& share) {
    std::latch done(1);
    post(share, [&] { done.count_down(); });
    done.wait();
}

/// Each takes half of what is free, so that the next one finds a thread.
BOOST_AUTO_TEST_CASE(jobs_that_hang_leave_threads_to_others) {
    blocking_pool pool(8);
    hanging first(pool);
    hanging second(pool);
    blocking_pool::share other(pool);
    first.post_many(20);
    BOOST_TEST(tug::test::eventually([&] { return first.begun == 4; }));
    use(other);
    second.post_many(20);
    BOOST_TEST(tug::test::eventually([&] { return second.begun == 2; }));
    for (int i = 0; i < 100; ++i) use(other);
    BOOST_TEST(first.begun == 4);
    BOOST_TEST(second.begun == 2);
    first.go_on.count_down();
    BOOST_TEST(tug::test::eventually([&] { return first.begun == 20; }));
    second.go_on.count_down();
    pool.join();
    BOOST_TEST(second.begun == 20);
}

BOOST_AUTO_TEST_CASE(a_share_of_one_thread_has_it) {
    blocking_pool pool(1);
    blocking_pool::share share(pool);
    use(share);
}

BOOST_AUTO_TEST_CASE(shares_take_turns) {
    blocking_pool pool(1);
    std::latch go_on(1);
    post(pool, [&] { go_on.wait(); });
    std::string order;
    blocking_pool::share a(pool);
    blocking_pool::share b(pool);
    blocking_pool::share c(pool);
    for (int i = 0; i < 3; ++i) post(a, [&] { order += 'a'; });
    for (int i = 0; i < 3; ++i) post(b, [&] { order += 'b'; });
    post(c, [&] { order += 'c'; });
    go_on.count_down();
    pool.join();
    BOOST_TEST(order == "abcabab");
}

/// Its user goes on, and may leave, before the thread has come back from the job.
BOOST_AUTO_TEST_CASE(a_share_may_go_once_its_jobs_are_done) {
    blocking_pool pool(4);
    for (int round = 0; round < 5000; ++round) {
        blocking_pool::share share(pool);
        use(share);
    }
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
