#include "tug/proto/credit_budget.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <thread>
#include <vector>

namespace {

using tug::proto::credit_budget;

BOOST_AUTO_TEST_SUITE(credit_budget_test)

BOOST_AUTO_TEST_CASE(growth_gets_what_is_left) {
    credit_budget b(100);
    BOOST_TEST(b.grow(60) == 60U);
    BOOST_TEST(b.grow(60) == 40U);
    BOOST_TEST(b.grow(1) == 0U);
    BOOST_TEST(!b.over());
    b.give_back(30);
    BOOST_TEST(b.grow(60) == 30U);
    BOOST_TEST(b.charged() == 100U);
}

BOOST_AUTO_TEST_CASE(a_base_is_always_granted_and_may_be_over) {
    credit_budget b(100);
    b.charge(100);
    BOOST_TEST(!b.over());
    b.charge(50);
    BOOST_TEST(b.over());
    BOOST_TEST(b.grow(10) == 0U);
    b.give_back(51);
    BOOST_TEST(b.grow(10) == 1U);
}

BOOST_AUTO_TEST_CASE(both_levels_bound_growth) {
    const auto server = std::make_shared<credit_budget>(100);
    credit_budget one(80, server);
    credit_budget other(80, server);
    BOOST_TEST(one.grow(200) == 80U);
    BOOST_TEST(other.grow(200) == 20U);
    BOOST_TEST(other.charged() == 20U); // what the server did not grant is not charged
    BOOST_TEST(server->charged() == 100U);
    one.give_back(80);
    BOOST_TEST(server->charged() == 20U);
    BOOST_TEST(other.grow(200) == 60U);
}

BOOST_AUTO_TEST_CASE(what_is_over_above_is_over) {
    const auto server = std::make_shared<credit_budget>(100);
    credit_budget one(80, server);
    credit_budget other(80, server);
    static_cast<void>(one.grow(70));
    other.charge(50);
    BOOST_TEST(one.over());
    BOOST_TEST(other.over());
    one.give_back(20);
    BOOST_TEST(!one.over());
}

BOOST_AUTO_TEST_CASE(those_that_grow_share) {
    credit_budget b(120);
    BOOST_TEST(b.share() == 120U);
    b.join();
    BOOST_TEST(b.share() == 120U);
    b.join();
    b.join();
    BOOST_TEST(b.share() == 40U);
    b.leave();
    BOOST_TEST(b.share() == 60U);
}

BOOST_AUTO_TEST_CASE(threads_do_not_lose_a_byte) {
    const auto server = std::make_shared<credit_budget>(1'000);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            credit_budget own(600, server);
            for (int i = 0; i < 20'000; ++i) {
                const auto got = own.grow(static_cast<std::uint64_t>(i % 700));
                own.charge(3);
                own.give_back(got + 3);
            }
        });
    for (auto& t : threads) t.join();
    BOOST_TEST(server->charged() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
