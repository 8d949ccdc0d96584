// Peers that begin and do not go on, or do not read.

#include "support/proc.hpp"
#include "support/talk.hpp"
#include "support/test_server.hpp"

#include "tug/service/options.hpp"

#include <boost/test/unit_test.hpp>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <string>

namespace {

using namespace tug::test;
using std::chrono::milliseconds;

struct impatient {
    test_server server{
        {.adjust = [](auto& o) { o.timeouts = {milliseconds(600), milliseconds(600), milliseconds(600)}; }}};
    raw_client c = server.connect();
};

BOOST_FIXTURE_TEST_SUITE(server_timeouts_test, impatient)

BOOST_AUTO_TEST_CASE(an_envelope_that_stalls) {
    for (const std::size_t sent : {1U, 8U, 20U}) {
        auto other = server.connect();
        other.send(frame(request("1", "rpc.ping")).substr(0, sent));
        BOOST_TEST(other.hear() == "error(timed_out null)");
        BOOST_TEST(other.is_closed());
    }
}

/// Also behind a rest so long that the clock is no longer looked at for it: a few looks have passed once the other one
/// has had its time.
BOOST_AUTO_TEST_CASE(an_envelope_that_stalls_after_a_rest) {
    auto other = server.connect();
    other.send(frame(request("1", "rpc.ping")).substr(0, 8));
    BOOST_TEST(other.hear() == "error(timed_out null)");
    c.send(frame(request("1", "rpc.ping")).substr(0, 8));
    BOOST_TEST(c.hear() == "error(timed_out null)");
    BOOST_TEST(c.is_closed());
}

/// Its time is from the first byte to the last, however it comes.
BOOST_AUTO_TEST_CASE(an_envelope_that_trickles) {
    const auto bytes = frame(request("1", "rpc.ping", R"({"payload":")" + std::string(1000, 'x') + R"("})"));
    std::size_t sent = 0;
    while (sent < bytes.size() && !c.has_input(20)) c.send(bytes.substr(sent++, 1));
    BOOST_TEST(sent < bytes.size());
    BOOST_TEST(c.hear() == "error(timed_out null)");
}

BOOST_AUTO_TEST_CASE(a_body_that_pauses) {
    c.call("put", R"({"path":"a"})");
    const auto bytes = data_frame(1, "data", std::string(1000, 'x'), true);
    c.send(bytes.substr(0, bytes.size() - 1));
    BOOST_TEST(c.hear() == "error(timed_out null)");
    BOOST_TEST(c.is_closed());
    BOOST_TEST(eventually([&] { return server.files().empty(); }));
}

/// It may take as long as it likes, as long as it goes on.
BOOST_AUTO_TEST_CASE(a_body_that_trickles) {
    c.call("put", R"({"path":"a"})");
    const auto bytes = data_frame(1, "data", std::string(20, 'x'), true);
    const auto head = bytes.size() - 20;
    c.send(bytes.substr(0, head));
    for (std::size_t i = head; i < bytes.size(); ++i) {
        ::poll(nullptr, 0, 60);
        c.send(bytes.substr(i, 1));
    }
    BOOST_TEST(c.wait(1).error() == "");
}

BOOST_AUTO_TEST_CASE(idle_connections_live) {
    const auto id = c.call("exec", R"({"argv":["sleep","1.5"]})");
    BOOST_TEST(!c.has_input(1200));
    BOOST_TEST(c.wait(id).error() == "");
    BOOST_TEST(c.is_served());
}

/// Who reads nothing while something waits for it is closed, and its calls end.
BOOST_AUTO_TEST_CASE(a_peer_that_does_not_read) {
    const auto mark = sleep_mark();
    const int small = 4096;
    ::setsockopt(c.native_handle(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    write_file(server.in_root("a"), sample_bytes(1'000'000));
    for (int i = 0; i < 20; ++i) c.call("get", R"({"path":"a"})");
    c.call("exec", R"({"argv":["sleep",")" + mark + R"("]})");
    BOOST_TEST(eventually([&] { return processes_with(mark).size() == 1; }));
    BOOST_TEST(eventually([&] { return processes_with(mark).empty(); }));
    // A slow one, which reads a little now and then, is not.
    auto slow = server.connect();
    slow.gives_credit = false;
    for (int i = 0; i < 8; ++i) slow.call("get", R"({"path":"a"})");
    std::size_t got = 0;
    for (std::string buffer(1'000'000, '\0'); got < 8'000'000; ::poll(nullptr, 0, 150)) {
        const auto n = ::recv(slow.native_handle(), buffer.data(), buffer.size(), MSG_WAITALL);
        if (n <= 0) break;
        got += static_cast<std::size_t>(n);
    }
    BOOST_TEST(got >= 8'000'000U);
}

/// It reads, but gives no credit: that is its right.
BOOST_AUTO_TEST_CASE(a_peer_that_gives_no_credit) {
    write_file(server.in_root("a"), sample_bytes(1'500'000));
    c.gives_credit = false;
    const auto id = c.call("get", R"({"path":"a"})");
    c.read(id, "data", 1'048'576);
    BOOST_TEST(!c.has_input(1200));
    c.grant(id, "data", 1'000'000);
    BOOST_TEST(c.wait(id).at("bytes") == "1500000");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
