#include "tug/proto/piece_memory.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

namespace {

using namespace tug::proto;

#ifdef TUG_SANITIZED
constexpr std::size_t recycled = 0;
#else
constexpr std::size_t recycled = spare_pieces;
#endif

std::vector<bytes_ptr> allocate_many(std::size_t count, std::size_t size) {
    std::vector<bytes_ptr> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(allocate_bytes(size));
    return out;
}

std::set<std::byte*> addresses(const std::vector<bytes_ptr>& all) {
    std::set<std::byte*> out;
    for (const auto& one : all) out.insert(one.get());
    return out;
}

BOOST_AUTO_TEST_SUITE(piece_memory_test)

BOOST_AUTO_TEST_CASE(no_two_have_the_same_memory) {
    const auto all = allocate_many(2 * spare_pieces, piece_size);
    BOOST_TEST(addresses(all).size() == all.size());
    for (const auto& one : all) std::fill_n(one.get(), piece_size, std::byte{1});
}

BOOST_AUTO_TEST_CASE(only_large_ones_are_kept) {
    BOOST_TEST(!allocate_bytes(1).get_deleter().piece);
    BOOST_TEST(!allocate_bytes(piece_size / 2).get_deleter().piece);
    BOOST_TEST(!allocate_bytes(piece_size + 1).get_deleter().piece);
    BOOST_TEST(allocate_bytes(piece_size / 2 + 1).get_deleter().piece == (recycled > 0));
    BOOST_TEST(allocate_bytes(piece_size).get_deleter().piece == (recycled > 0));
}

BOOST_AUTO_TEST_CASE(what_was_freed_is_what_comes_back) {
    auto all = allocate_many(2 * spare_pieces, piece_size); // whatever was spare is in use now
    std::vector<std::byte*> freed;
    for (std::size_t i = 0; i < recycled; ++i) {
        freed.push_back(all[i].get());
        all[i].reset();
    }
    const auto again = addresses(allocate_many(recycled, piece_size));
    for (auto* p : freed) BOOST_TEST(again.contains(p));
}

BOOST_AUTO_TEST_CASE(threads_may_pass_them_on) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([t] {
            for (int i = 0; i < 2000; ++i) {
                const auto mine = allocate_bytes(piece_size);
                mine[0] = static_cast<std::byte>(t);
                mine[piece_size - 1] = static_cast<std::byte>(t);
                std::this_thread::yield();
                if (mine[0] != mine[piece_size - 1]) std::abort(); // another thread has it too
            }
        });
    for (auto& t : threads) t.join();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
