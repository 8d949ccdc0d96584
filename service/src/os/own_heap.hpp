#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstdlib>
#include <latch>
#include <memory>

namespace tug::service {

/// Gives this thread a heap of its own: with its first allocation malloc makes an arena, which is much address space
/// and hardly any memory. A thread that comes to it when there is no address space left fails at the smallest
/// allocation from then on; and what fails there, in the middle of a wake-up, cannot be told to anybody.
inline void take_own_heap() noexcept {
    void* volatile some = std::malloc(1); // NOLINT(cppcoreguidelines-no-malloc): it is the heap that is meant
    std::free(some);                      // NOLINT(cppcoreguidelines-no-malloc)
}

/// The same for each of the `threads` threads of a pool.
inline void take_own_heaps(boost::asio::thread_pool& pool, unsigned threads) {
    const auto all = std::make_shared<std::latch>(threads + 1);
    for (unsigned i = 0; i < threads; ++i)
        boost::asio::post(pool, [all] {
            take_own_heap();
            all->arrive_and_wait(); // nobody does it twice
        });
    all->arrive_and_wait();
}

} // namespace tug::service
