// What an endpoint keeps until its answer is on its way.

#include "support/test_server.hpp"

#include "tug/service/server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <latch>
#include <memory>

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace tug::test;
using tug::service::answer;
using tug::service::call;
using tug::service::endpoint;
using tug::service::permission;

BOOST_AUTO_TEST_SUITE(kept_until_answered)

/// It holds the only thread until the client has its answer.
BOOST_AUTO_TEST_CASE(what_is_kept_goes_once_the_answer_is_on_its_way) {
    std::latch answered(1);
    std::atomic<bool> gone = false;
    const auto keep = [&](call& of) -> asio::awaitable<answer> {
        of.keep_until_answered(std::shared_ptr<void>(nullptr, [&](void*) {
            answered.wait();
            gone = true;
        }));
        co_return json::value(json::object());
    };
    server_setup how;
    how.prepare = [&](tug::service::server& s) { s.add(endpoint("my.keep", permission::none, {}, keep)); };
    test_server keeping(how);
    std::shared_ptr<void> holding(nullptr, [&](void*) { answered.count_down(); });
    auto client = keeping.connect();
    BOOST_TEST(client.ask("my.keep").error() == "");
    holding.reset();
    BOOST_TEST(client.is_served());
    BOOST_TEST(gone);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
