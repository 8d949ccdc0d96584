#include "tug/proto/call_order.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <iterator>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace tug::proto;

struct ordered {
    call_order order;
    std::set<call_id> running;

    result<std::shared_ptr<dependencies>> after(std::string_view ids) {
        return order.wait_for(boost::json::parse(ids), [this](const call_id& id) { return running.contains(id); });
    }

    void answer(std::uint64_t id, bool succeeded) {
        running.erase(call_id(id));
        order.answered(call_id(id), succeeded);
    }
};

BOOST_FIXTURE_TEST_SUITE(call_order_test, ordered)

BOOST_AUTO_TEST_CASE(waits_for_all_that_are_in_flight) {
    running = {call_id(1), call_id(2)};
    answer(3, true);
    const auto it = after("[1,2,3]");
    int told = 0;
    (*it)->when_decided([&] { ++told; });
    BOOST_TEST(!(*it)->decided());
    answer(1, true);
    BOOST_TEST(!(*it)->decided());
    answer(2, true);
    BOOST_TEST(((*it)->decided() && !(*it)->failed()));
    BOOST_TEST(told == 1);
}

/// The others need not be waited for then.
BOOST_AUTO_TEST_CASE(one_that_fails_decides) {
    running = {call_id(1), call_id(2)};
    const auto it = after("[1,2]");
    answer(2, false);
    BOOST_TEST((*it)->decided());
    BOOST_TEST(((*it)->failed() == call_id(2)));
    answer(1, true);
    BOOST_TEST(((*it)->failed() == call_id(2)));
}

BOOST_AUTO_TEST_CASE(what_was_answered_before_counts) {
    answer(1, true);
    answer(2, false);
    BOOST_TEST(((*after("[1]"))->decided() && !(*after("[1]"))->failed()));
    BOOST_TEST(((*after("[1,2]"))->failed() == call_id(2)));
    answer(2, true); // the id was used again
    BOOST_TEST((!(*after("[2]"))->failed()));
}

BOOST_AUTO_TEST_CASE(the_last_256_are_remembered) {
    for (std::uint64_t id = 0; id <= max_after; ++id) answer(id, true);
    BOOST_TEST((after("[0]").error().code == errc::invalid_params));
    BOOST_TEST(after("[1]").has_value());
    BOOST_TEST(after("[256]").has_value());
}

/// Whatever their order and their ends: runs of ids are an optimisation that nobody may see.
BOOST_AUTO_TEST_CASE(exactly_the_last_256_of_any) {
    std::vector<std::pair<std::uint64_t, bool>> all;
    std::mt19937 dice(1);
    std::uint64_t id = 0;
    for (int i = 0; i < 2000; ++i) {
        id = dice() % 4 == 0 ? dice() % 500 : id + 1;
        all.emplace_back(id, dice() % 8 != 0);
        answer(all.back().first, all.back().second);
        if (i % 50 != 0) continue;
        const auto first = all.size() > max_after ? all.end() - max_after : all.begin();
        for (std::uint64_t wanted = 0; wanted < 600; ++wanted) {
            const auto last = std::find_if(all.rbegin(), std::reverse_iterator(first),
                                           [&](const auto& one) { return one.first == wanted; });
            const auto it = after("[" + std::to_string(wanted) + "]");
            BOOST_TEST_REQUIRE(it.has_value() == (last != std::reverse_iterator(first)));
            if (it) BOOST_TEST_REQUIRE((*it)->failed().has_value() == !last->second);
        }
    }
}

/// A text that looks like a number is another id.
BOOST_AUTO_TEST_CASE(a_text_is_in_no_run) {
    for (std::uint64_t id = 1; id <= 3; ++id) answer(id, true);
    BOOST_TEST(after(R"(["2"])").has_error());
    order.answered(call_id(std::string("x")), false);
    BOOST_TEST((*after(R"(["x"])"))->failed().has_value());
    BOOST_TEST((!(*after("[3]"))->failed()));
}

BOOST_AUTO_TEST_CASE(what_is_no_order) {
    running = {call_id(1)};
    for (const auto* const bad : {"[]", "1", "{}", "null", "[9]", "[1,-1]", "[1,null]", "[\"\"]"}) {
        const auto it = after(bad);
        BOOST_TEST_REQUIRE(it.has_error(), bad);
        BOOST_TEST((it.error().code == errc::invalid_params));
        BOOST_TEST(it.error().field == "after");
    }
    std::string many = "[1";
    for (std::size_t i = 0; i < max_after; ++i) many += ",1";
    BOOST_TEST(after(many + "]").has_error());
    BOOST_TEST(after("[1,1]").has_value());
}

BOOST_AUTO_TEST_CASE(texts_are_ids_too) {
    running = {call_id(std::string("a"))};
    const auto it = after(R"(["a"])");
    BOOST_TEST(!(*it)->decided());
    running.clear();
    order.answered(call_id(std::string("a")), true);
    BOOST_TEST((*it)->decided());
}

/// A call that has ended before is not told any more.
BOOST_AUTO_TEST_CASE(one_that_waits_no_more) {
    running = {call_id(1)};
    int told = 0;
    {
        const auto it = after("[1]");
        (*it)->when_decided([&] { ++told; });
    }
    answer(1, true);
    BOOST_TEST(told == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
