#include "server/watched.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>

namespace {

using tug::service::watched_list;

struct counted final : watched_list::entry {
    [[nodiscard]] bool tick(std::chrono::steady_clock::time_point /*now*/) override {
        ++ticks;
        return --stays > 0;
    }

    int stays = 1; ///< So many ticks.
    int ticks = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(watched_test)

BOOST_AUTO_TEST_CASE(until_nothing_can_be_late) {
    watched_list all;
    counted once;
    counted thrice;
    thrice.stays = 3;
    all.add(once);
    all.add(thrice);
    all.add(once); // it is there
    for (int i = 0; i < 5; ++i) all.tick({});
    BOOST_TEST(once.ticks == 1);
    BOOST_TEST(thrice.ticks == 3);
    once.stays = 2;
    all.add(once);
    for (int i = 0; i < 5; ++i) all.tick({});
    BOOST_TEST(once.ticks == 3);
    BOOST_TEST(thrice.ticks == 3);
}

BOOST_AUTO_TEST_CASE(what_is_destroyed_has_left) {
    watched_list all;
    counted stays;
    stays.stays = 9;
    std::optional<counted> goes(std::in_place);
    goes->stays = 9;
    all.add(*goes);
    all.add(stays);
    all.tick({});
    goes.reset();
    all.tick({});
    BOOST_TEST(stays.ticks == 2);
    BOOST_TEST(stays.is_linked());
}

BOOST_AUTO_TEST_SUITE_END()
