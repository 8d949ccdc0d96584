// Look-ups of names: what hangs holds its thread, and no one who leaves.

#include "tug/net/name_lookups.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using tug::net::ip_addresses;
using tug::net::looked_up;
using tug::net::name_lookups;
using tug::proto::errc;

const auto address = asio::ip::make_address("192.0.2.1");

/// A resolver whose names hang until they are answered.
class resolver {
public:
    [[nodiscard]] name_lookups::function function() const {
        return [of = state_](const std::string& host) -> looked_up {
            std::unique_lock lock(of->mutex);
            of->begun.push_back(host);
            of->changed.notify_all();
            of->changed.wait(lock, [&] { return of->answered.contains(host); });
            return ip_addresses(1, address);
        };
    }

    void answer(const std::string& host) const {
        const std::lock_guard lock(state_->mutex);
        state_->answered.insert(host);
        state_->changed.notify_all();
    }

    /// Waits until so many look-ups have begun: which.
    [[nodiscard]] std::vector<std::string> begun(std::size_t count) const {
        std::unique_lock lock(state_->mutex);
        state_->changed.wait(lock, [&] { return state_->begun.size() >= count; });
        return state_->begun;
    }

private:
    struct state {
        std::mutex mutex;
        std::condition_variable changed;
        std::vector<std::string> begun;
        std::set<std::string> answered;
    };

    std::shared_ptr<state> state_ = std::make_shared<state>();
};

/// Callers on one thread.
struct callers {
    struct caller {
        asio::cancellation_signal stop;
        std::optional<looked_up> got;
    };

    caller& ask(name_lookups& of, const std::string& host) {
        auto& c = all.emplace_back();
        const auto note = [&c](std::exception_ptr thrown, looked_up got) {
            BOOST_TEST(!thrown);
            c.got.emplace(std::move(got));
        };
        asio::co_spawn(io, of.find(host), asio::bind_cancellation_slot(c.stop.slot(), note));
        io.poll();
        return c;
    }

    void leave(caller& c) {
        c.stop.emit(asio::cancellation_type::terminal);
        io.restart();
        io.poll();
    }

    void run() {
        io.restart();
        io.run();
    }

    std::deque<caller> all;
    asio::io_context io{1};
};

bool is_address(const std::optional<looked_up>& got) {
    return got && *got && **got == ip_addresses(1, address);
}

bool is_cancelled(const std::optional<looked_up>& got) {
    return got && !*got && got->error().code == errc::cancelled;
}

BOOST_FIXTURE_TEST_SUITE(name_lookups_test, callers)

BOOST_AUTO_TEST_CASE(one_look_up_answers_all_who_ask) {
    const resolver names;
    name_lookups lookups(4, names.function());
    const auto& one = ask(lookups, "a");
    const auto& other = ask(lookups, "a");
    BOOST_TEST(names.begun(1).size() == 1U);
    names.answer("a");
    run();
    BOOST_TEST(is_address(one.got));
    BOOST_TEST(is_address(other.got));
    BOOST_TEST(names.begun(1).size() == 1U);
    const auto& later = ask(lookups, "a"); // no answer is kept
    run();
    BOOST_TEST(is_address(later.got));
    BOOST_TEST(names.begun(2).size() == 2U);
}

BOOST_AUTO_TEST_CASE(who_is_cancelled_leaves_at_once) {
    const resolver names;
    name_lookups lookups(4, names.function());
    auto& one = ask(lookups, "hangs");
    const auto& other = ask(lookups, "hangs");
    BOOST_TEST(names.begun(1).size() == 1U);
    leave(one);
    BOOST_TEST(is_cancelled(one.got));
    BOOST_TEST(!other.got);
    names.answer("hangs");
    run();
    BOOST_TEST(is_address(other.got));
}

BOOST_AUTO_TEST_CASE(a_name_holds_one_thread_however_often_it_is_asked_for) {
    const resolver names;
    name_lookups lookups(4, names.function());
    auto& first = ask(lookups, "hangs");
    BOOST_TEST(names.begun(1).size() == 1U);
    leave(first);
    for (int i = 0; i < 100; ++i) leave(ask(lookups, "hangs"));
    const auto& good = ask(lookups, "good");
    names.answer("good");
    run();
    BOOST_TEST(is_address(good.got));
    BOOST_TEST(names.begun(2).size() == 2U);
    names.answer("hangs");
}

BOOST_AUTO_TEST_CASE(so_many_run_at_once) {
    const resolver names;
    name_lookups lookups(2, names.function());
    auto& one = ask(lookups, "a");
    ask(lookups, "b");
    auto& third = ask(lookups, "c");
    const auto& fourth = ask(lookups, "d");
    BOOST_TEST(names.begun(2).size() == 2U);
    leave(one);
    leave(third); // is never begun
    names.answer("d");
    io.restart();
    io.poll();
    BOOST_TEST(!fourth.got); // what hangs has its thread still
    names.answer("a");
    names.answer("b");
    run();
    BOOST_TEST(is_address(fourth.got));
    const auto begun = names.begun(3);
    BOOST_TEST(begun.size() == 3U);
    BOOST_TEST(begun.back() == "d");
}

BOOST_AUTO_TEST_CASE(addresses_are_not_looked_up) {
    const resolver names;
    name_lookups lookups(1, names.function());
    const auto& number = ask(lookups, "192.0.2.1");
    run();
    BOOST_TEST(is_address(number.got));
    BOOST_TEST(names.begun(0).empty());
}

BOOST_AUTO_TEST_CASE(all_may_go_while_one_hangs) {
    const resolver names;
    {
        callers gone;
        name_lookups lookups(1, names.function());
        gone.ask(lookups, "hangs");
        BOOST_TEST(names.begun(1).size() == 1U);
    }
    names.answer("hangs");
}

BOOST_AUTO_TEST_CASE(what_the_system_says) {
    const auto local = tug::net::look_up_now("localhost");
    BOOST_REQUIRE(local.has_value());
    BOOST_TEST(local->front().is_loopback());
    const auto none = tug::net::look_up_now("nowhere.invalid");
    BOOST_REQUIRE(!none.has_value());
    BOOST_TEST((none.error().code == errc::connect_failed));
    BOOST_TEST(!none.error().os_error.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
