#include "tug/proto/chunk.hpp"

#include "support/frames.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

namespace {

using namespace tug::proto;
using tug::test::bytes_of;

BOOST_AUTO_TEST_SUITE(chunk_test)

BOOST_AUTO_TEST_CASE(a_default_chunk_is_empty) {
    chunk c;
    BOOST_TEST(c.empty());
    BOOST_TEST(c.size() == 0U);
    BOOST_TEST(c.text().empty());
    BOOST_TEST(c.room().empty());
    BOOST_TEST(c.append(bytes_of("a")) == 0U);
}

BOOST_AUTO_TEST_CASE(it_is_filled_behind_and_emptied_in_front) {
    chunk c(5);
    BOOST_TEST(c.append(bytes_of("abc")) == 3U);
    BOOST_TEST(c.room().size() == 2U);
    c.room()[0] = std::byte{'d'};
    c.commit(1);
    BOOST_TEST(c.text() == "abcd");
    c.consume(2);
    BOOST_TEST(c.text() == "cd");
    BOOST_TEST(c.append(bytes_of("efg")) == 1U);
    BOOST_TEST(c.text() == "cde");
    BOOST_TEST(c.room().empty());
    c.consume(3);
    BOOST_TEST(c.empty());
}

BOOST_AUTO_TEST_CASE(a_copy_has_no_room_left) {
    auto c = chunk::copy_of("hello");
    BOOST_TEST(c.text() == "hello");
    BOOST_TEST(c.room().empty());
    BOOST_TEST(chunk::copy_of("").empty());
    BOOST_TEST(c.bytes().size() == 5U);
}

BOOST_AUTO_TEST_CASE(moving_leaves_nothing_behind) {
    auto a = chunk::copy_of("hello");
    a.consume(1);
    chunk b(std::move(a));
    BOOST_TEST(b.text() == "ello");
    BOOST_TEST(a.empty()); // NOLINT(bugprone-use-after-move): the state after a move is the contract
    BOOST_TEST(a.room().empty());
    chunk c = chunk::copy_of("old");
    c = std::move(b);
    BOOST_TEST(c.text() == "ello");
    BOOST_TEST(b.empty()); // NOLINT(bugprone-use-after-move)
    auto& same = c;
    c = std::move(same);
    BOOST_TEST(c.text() == "ello");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
