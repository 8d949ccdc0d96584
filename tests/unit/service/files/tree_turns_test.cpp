#include "files/tree_turns.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;
using tug::service::tree_turns;

struct calls {
    asio::io_context io;
    tree_turns turns;
    std::string log; ///< "-a": a is to end; "+a": the turn of a has come; "!a": a was cancelled while it waited.

    /// A call that waits for its turn.
    struct one {
        one(calls& in, char name, std::string of)
            : turn(in.turns.take(std::move(of), in.io.get_executor(),
                                 [&in, name] { in.log += std::string{'-', name}; })) {
            auto done = [&in, name](std::exception_ptr thrown) { in.log += std::string{thrown ? '!' : '+', name}; };
            asio::co_spawn(in.io, turn->come(), asio::bind_cancellation_slot(stop.slot(), done));
        }

        std::optional<tree_turns::turn> turn;
        asio::cancellation_signal stop;
    };

    /// What has happened since, once all that is due has run.
    std::string said() {
        io.restart();
        io.poll();
        return std::exchange(log, {});
    }
};

BOOST_FIXTURE_TEST_SUITE(tree_turns_test, calls)

BOOST_AUTO_TEST_CASE(a_later_one_begins_when_the_earlier_has_ended) {
    one a(*this, 'a', "x");
    BOOST_TEST(said() == "+a");
    one b(*this, 'b', "x");
    BOOST_TEST(said() == "-a");
    BOOST_TEST(said() == "");
    a.turn.reset();
    BOOST_TEST(said() == "+b");
    b.turn.reset();
    one c(*this, 'c', "x");
    BOOST_TEST(said() == "+c");
}

BOOST_AUTO_TEST_CASE(others_are_left_alone) {
    one a(*this, 'a', "x");
    one b(*this, 'b', "y");
    BOOST_TEST(said() == "+a+b");
}

/// The third waits for the first, too, though the second gives up.
BOOST_AUTO_TEST_CASE(one_that_gives_up_hands_its_place_on) {
    one a(*this, 'a', "x");
    BOOST_TEST(said() == "+a");
    one b(*this, 'b', "x");
    one c(*this, 'c', "x");
    BOOST_TEST(said() == "-a-b");
    b.stop.emit(asio::cancellation_type::terminal);
    BOOST_TEST(said() == "!b");
    b.turn.reset();
    BOOST_TEST(said() == "");
    one d(*this, 'd', "x");
    BOOST_TEST(said() == "-c");
    c.stop.emit(asio::cancellation_type::terminal);
    BOOST_TEST(said() == "!c");
    c.turn.reset();
    a.turn.reset();
    BOOST_TEST(said() == "+d");
}

/// The last one gives up: who comes then stands behind the first.
BOOST_AUTO_TEST_CASE(the_last_one_gives_up) {
    one a(*this, 'a', "x");
    BOOST_TEST(said() == "+a");
    one b(*this, 'b', "x");
    BOOST_TEST(said() == "-a");
    b.stop.emit(asio::cancellation_type::terminal);
    BOOST_TEST(said() == "!b");
    b.turn.reset();
    one c(*this, 'c', "x");
    BOOST_TEST(said() == "-a");
    a.turn.reset();
    BOOST_TEST(said() == "+c");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
