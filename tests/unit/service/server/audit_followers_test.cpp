#include "server/audit_followers.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace tug::service;

struct one_follower {
    boost::asio::io_context io{1};
    int woken = 0;
    std::shared_ptr<audit_queue> queue = std::make_shared<audit_queue>(io.get_executor(), [this] { ++woken; });

    void run() {
        io.restart();
        io.run();
    }
};

BOOST_FIXTURE_TEST_SUITE(audit_followers_test, one_follower)

BOOST_AUTO_TEST_CASE(lines_in_their_order_and_one_wake_for_all_that_wait) {
    BOOST_TEST(queue->empty());
    for (const auto* line : {"a", "b", "c"}) queue->add(line);
    BOOST_TEST(woken == 0); // not on the thread of the one who adds
    run();
    BOOST_TEST(woken == 1);
    BOOST_TEST(queue->take() == "a\nb\nc\n");
    BOOST_TEST(queue->empty());
    queue->add("d");
    run();
    BOOST_TEST(woken == 2);
    BOOST_TEST(queue->take() == "d\n");
    BOOST_TEST(queue->counts().events == 4U);
    BOOST_TEST(queue->counts().lost == 0U);
}

BOOST_AUTO_TEST_CASE(what_finds_no_room_is_told_in_its_place) {
    const std::string long_line(4'000, 'x');
    const auto fits = audit_queue::most_waiting / (long_line.size() + 1);
    for (std::size_t i = 0; i < fits + 10; ++i) queue->add(long_line);
    queue->add("short"); // there is room for it, but not before what was lost
    const auto text = queue->take();
    BOOST_TEST(text.size() < audit_queue::most_waiting + 200);
    BOOST_TEST(text.ends_with(R"("event":"lost","lines":11})"
                              "\n"),
               text.substr(text.size() - 100));
    BOOST_TEST(queue->counts().events == fits);
    BOOST_TEST(queue->counts().lost == 11U);
    queue->add("after");
    BOOST_TEST(queue->take() == "after\n");
    run();
    BOOST_TEST(woken == 2);
}

BOOST_AUTO_TEST_CASE(one_who_has_gone_is_not_woken) {
    queue->add("a");
    queue->close();
    run();
    BOOST_TEST(woken == 0);
}

BOOST_AUTO_TEST_CASE(so_many_follow_and_no_more) {
    audit_followers all;
    BOOST_TEST(!all.any());
    std::vector<std::shared_ptr<audit_queue>> queues;
    for (std::size_t i = 0; i < audit_followers::most; ++i) {
        queues.push_back(std::make_shared<audit_queue>(io.get_executor(), [] {}));
        BOOST_TEST(all.add(queues.back()).has_value());
    }
    const auto over = all.add(queue);
    BOOST_TEST((over.error().code == tug::proto::errc::busy));
    all.tell("line");
    BOOST_TEST(queues.back()->take() == "line\n");
    BOOST_TEST(queue->empty());
    all.remove(queues.back());
    BOOST_TEST(all.add(queue).has_value());
    for (const auto& one : queues) all.remove(one);
    all.remove(queue);
    BOOST_TEST(!all.any());
}

BOOST_AUTO_TEST_CASE(lines_of_many_threads) {
    audit_followers all;
    BOOST_TEST(all.add(queue).has_value());
    std::string seen;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&all] {
            for (int i = 0; i < 1'000; ++i) all.tell("line");
        });
    for (auto& t : threads) t.join();
    run();
    BOOST_TEST(queue->take().size() == 4U * 1'000U * 5U);
    BOOST_TEST(woken == 1);
    all.remove(queue);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
