#include "tug/net/own_heap.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

namespace {

using namespace tug::net;

struct freeing {
    void operator()(void* p) const noexcept { std::free(p); } // NOLINT(cppcoreguidelines-no-malloc): it is malloc's
};

using memory = std::unique_ptr<void, freeing>;

/// In a thread of its own, whose reserve is not that of the others.
template <class F>
void with_reserve(std::size_t blocks, F&& test) {
    std::thread([&] {
        take_own_heap(blocks);
        test();
    }).join();
}

/// Takes from the reserve until there is nothing in it; how often that went well.
std::size_t use_up(std::vector<memory>& taken) {
    while (auto* p = allocate_in_need(small_memory)) taken.emplace_back(p);
    return taken.size();
}

BOOST_AUTO_TEST_SUITE(own_heap_test)

BOOST_AUTO_TEST_CASE(the_reserve_is_used_up_and_restored) {
    std::vector<memory> taken;
    std::size_t times = 0;
    bool short_at_half = true;
    bool short_at_last = false;
    bool short_when_restored = true;
    with_reserve(4, [&] {
        for (int i = 0; i < 2; ++i) taken.emplace_back(allocate_in_need(1));
        short_at_half = memory_is_short();
        times = use_up(taken);
        short_at_last = memory_is_short();
        restore_reserve();
        short_when_restored = memory_is_short();
        times += use_up(taken);
    });
    BOOST_TEST(!short_at_half);
    BOOST_TEST(short_at_last);
    BOOST_TEST(!short_when_restored);
    BOOST_TEST(times == 4U + 8U); // the second counts the first
}

BOOST_AUTO_TEST_CASE(there_is_nothing_for_large_allocations) {
    memory large;
    std::vector<memory> taken;
    with_reserve(1, [&] {
        large.reset(allocate_in_need(small_memory + 1));
        use_up(taken);
    });
    BOOST_TEST(!large);
    BOOST_TEST(taken.size() == 1U);
}

/// As in a program that embeds the server and has not asked for it.
BOOST_AUTO_TEST_CASE(a_thread_without_reserve) {
    memory any(allocate_in_need(1));
    BOOST_TEST(!any);
    BOOST_TEST(!memory_is_short());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
