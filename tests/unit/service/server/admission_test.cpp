#include "server/admission.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

namespace {

using tug::service::admission;

struct admissions {
    admission it{{.connections = 6, .unauthenticated = 4, .unauthenticated_per_source = 2}};
    std::string left; ///< Who had to make room, in order.
    std::vector<admission::ticket> tickets;

    /// False where there is no place.
    bool enter(const std::string& name, const std::string& source = {}) {
        auto t = it.enter(source, [this, name] { left += name + " "; });
        const bool in = t.valid();
        tickets.push_back(std::move(t));
        return in;
    }
};

BOOST_FIXTURE_TEST_SUITE(admission_test, admissions)

BOOST_AUTO_TEST_CASE(the_oldest_makes_room) {
    for (const auto* name : {"a", "b", "c", "d"}) BOOST_TEST(enter(name));
    BOOST_TEST(left == "");
    BOOST_TEST(enter("e"));
    BOOST_TEST(left == "a ");
    BOOST_TEST(enter("f"));
    BOOST_TEST(left == "a b ");
}

/// Each is asked once, also where it takes its time to go.
BOOST_AUTO_TEST_CASE(nobody_is_asked_twice) {
    admission many({.connections = 100, .unauthenticated = 2, .unauthenticated_per_source = 2});
    std::string gone;
    std::vector<admission::ticket> all;
    for (int i = 0; i < 6; ++i) all.push_back(many.enter({}, [&gone, i] { gone += std::to_string(i); }));
    BOOST_TEST(gone == "0123");
}

BOOST_AUTO_TEST_CASE(one_of_the_same_source_goes_first) {
    enter("a", "1.1.1.1");
    enter("b", "2.2.2.2");
    enter("c", "2.2.2.2");
    BOOST_TEST(enter("d", "2.2.2.2")); // the limit of its source
    BOOST_TEST(left == "b ");
    BOOST_TEST(enter("e", "3.3.3.3"));
    BOOST_TEST(left == "b ");
    BOOST_TEST(enter("f", "3.3.3.3")); // the limit of all; its source has one
    BOOST_TEST(left == "b e ");
}

BOOST_AUTO_TEST_CASE(who_has_logged_in_stays) {
    enter("a");
    tickets[0].logged_in();
    tickets[0].logged_in();
    BOOST_TEST(it.unauthenticated() == 0U);
    BOOST_TEST(it.connections() == 1U);
    for (const auto* name : {"b", "c", "d", "e", "f"}) enter(name);
    BOOST_TEST(left == "b ");
}

BOOST_AUTO_TEST_CASE(no_place_at_all) {
    for (const auto* name : {"a", "b", "c", "d", "e", "f"}) {
        BOOST_TEST(enter(name));
        tickets.back().logged_in();
    }
    BOOST_TEST(!enter("g"));
    BOOST_TEST(left == "");
    tickets.erase(tickets.begin());
    BOOST_TEST(enter("h"));
}

BOOST_AUTO_TEST_CASE(tickets_give_their_place_back) {
    enter("a", "1.1.1.1");
    enter("b", "1.1.1.1");
    tickets.clear();
    BOOST_TEST(it.connections() == 0U);
    BOOST_TEST(it.unauthenticated() == 0U);
    enter("c", "1.1.1.1");
    enter("d", "1.1.1.1");
    BOOST_TEST(left == ""); // those who went do not count for the source
    auto moved = std::move(tickets[0]);
    tickets.clear();
    BOOST_TEST(it.connections() == 1U);
    moved.logged_in();
    BOOST_TEST(it.unauthenticated() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
