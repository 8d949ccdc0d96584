// exec: what ends before its program has started does not start.

#include "support/leased_program.hpp"
#include "support/proc.hpp"
#include "support/talk.hpp"
#include "support/test_server.hpp"

#include "tug/service/endpoint.hpp"
#include "tug/service/options.hpp"
#include "tug/service/server.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace {

using namespace tug::service;
using namespace tug::test;
namespace fs = std::filesystem;

/// An endpoint that ends by its time alone.
boost::asio::awaitable<answer> wait_for_input(call& c) {
    static_cast<void>(co_await c.read(0));
    co_return failure_of(c.why_cancelled());
}

std::size_t socket_count() {
    std::size_t count = 0;
    std::error_code gone; // the descriptor of the directory itself, for one
    for (const auto& entry : fs::directory_iterator("/proc/self/fd"))
        if (fs::read_symlink(entry.path(), gone).string().starts_with("socket:")) ++count;
    return count;
}

struct one_at_a_time {
    test_server server{{.adjust = [](options& o) { o.start_threads = 1; },
                        .prepare =
                            [](tug::service::server& s) {
                                s.add(endpoint("test.wait", permission::none,
                                               {{"in", tug::proto::direction::to_server}}, wait_for_input));
                            }}};
    raw_client c = server.connect();

    /// Appends a line to a file of the root: as many have run as there are lines.
    static std::string counting() { return R"({"shell":"echo x >>runs"})"; }

    [[nodiscard]] std::size_t runs() const {
        const auto text = fs::exists(server.in_root("runs")) ? read_file(server.in_root("runs")) : std::string();
        return text.size() / 2;
    }
};

BOOST_FIXTURE_TEST_SUITE(server_exec_start_test, one_at_a_time)

/// All in one segment: the server knows that they are not wanted before it begins with the first.
BOOST_AUTO_TEST_CASE(a_cancel_that_comes_with_the_request) {
    for (int first = 1; first < 600; first += 60) { // on a busy machine a thread that starts one may come too late
        std::string all;
        for (int id = first; id < first + 60; ++id) all += frame(request(std::to_string(id), "exec", counting()));
        for (int id = first; id < first + 60; ++id)
            all += frame(notice("rpc.cancel", R"({"call":)" + std::to_string(id) + "}"));
        c.send(all);
        for (int id = first; id < first + 60; ++id)
            BOOST_TEST(c.wait(static_cast<std::uint64_t>(id)).error() == "cancelled");
    }
    BOOST_TEST(runs() == 0U);
}

/// The only thread that starts programs is held by one: the others wait for their turn.
struct held : one_at_a_time {
    leased_program program{server.in_root("program")};
    std::uint64_t first = 0;

    void hold() {
        first = c.call("exec", R"({"argv":["./program"]})");
        BOOST_REQUIRE(eventually([&] { return program.is_wanted(); }));
    }

    /// Behind all that waits.
    void let_go() {
        const auto last = c.call("exec", counting());
        BOOST_TEST(c.is_served());
        program.let_go();
        BOOST_TEST(c.wait(last).error() == "");
        BOOST_TEST(c.wait(first).error() == "");
    }
};

BOOST_FIXTURE_TEST_CASE(a_cancel_before_its_turn, held) {
    hold();
    auto other = server.connect();
    std::vector<std::uint64_t> ids;
    for (int i = 0; i < 20; ++i) ids.push_back(other.call("exec", counting()));
    BOOST_TEST(other.is_served());
    for (const auto id : ids) other.cancel(id);
    BOOST_TEST(other.is_served());
    let_go();
    for (const auto id : ids) BOOST_TEST(other.wait(id).error() == "cancelled");
    BOOST_TEST(runs() == 1U);
}

/// Timers end in order: the one of a call that needs no thread ends behind that of the exec.
BOOST_FIXTURE_TEST_CASE(a_timeout_before_its_turn, held) {
    hold();
    const auto id = c.call("exec", R"({"shell":"echo x >>runs","timeout_ms":1})");
    BOOST_TEST(c.ask("test.wait", R"({"timeout_ms":20})").error() == "timed_out");
    let_go();
    BOOST_TEST(c.wait(id).error() == "timed_out");
    BOOST_TEST(runs() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_client_that_goes_before_its_turn, held) {
    hold();
    const auto sockets = socket_count();
    {
        auto other = server.connect();
        for (int i = 0; i < 20; ++i) other.call("exec", counting());
        BOOST_TEST(other.is_served());
        other.reset();
    }
    // The server closes its side once it knows that no client waits for the calls.
    BOOST_TEST_REQUIRE(eventually([&] { return socket_count() == sockets; }));
    let_go();
    BOOST_TEST(runs() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
