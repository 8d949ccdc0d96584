// What becomes of connections when the keys of the server are replaced.

#include "support/proc.hpp"
#include "support/test_server.hpp"

#include "tug/service/keys.hpp"
#include "tug/service/server.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace tug::test;

struct with_keys {
    test_server server{{.with_keys = true, .lines = {{"k", "exec,put,get"}}}};
    raw_client all = server.connect("all");
    raw_client k = server.connect("k");
};

const std::string told = "error(auth_failed null)";

BOOST_FIXTURE_TEST_SUITE(server_revoked_keys_test, with_keys)

BOOST_AUTO_TEST_CASE(a_key_that_is_gone) {
    server.set_keys({});
    BOOST_TEST(k.hear() == told);
    BOOST_TEST(k.is_closed());
    BOOST_TEST(all.is_served());
}

BOOST_AUTO_TEST_CASE(a_line_that_says_something_else) {
    for (const auto* line : {"exec,put", "exec,put,get root=/", "exec,put,get argv0=ls"}) {
        server.set_keys({{"k", "get,put,exec"}}); // the same
        auto c = server.connect("k");
        server.set_keys({{"k", line}});
        BOOST_TEST(c.hear() == told, line);
        BOOST_TEST(c.is_closed());
    }
    BOOST_TEST(all.is_served());
}

BOOST_AUTO_TEST_CASE(another_secret) {
    tug::service::key_ring ring;
    ring["k"] = {key_of("another"), tug::service::permissions::all()};
    ring["all"] = {key_of("all"), tug::service::permissions::all()};
    server.it().set_keys(std::move(ring));
    BOOST_TEST(k.hear() == told);
    BOOST_TEST(k.is_closed());
    BOOST_TEST(all.is_served());
}

BOOST_AUTO_TEST_CASE(the_same_keys) {
    for (int i = 0; i < 3; ++i) server.set_keys({{"k", "exec,put,get"}});
    BOOST_TEST(k.is_served());
    BOOST_TEST(all.is_served());
    BOOST_TEST(k.ask("exec", R"({"argv":["true"]})").error() == "");
}

/// Its calls end as if the client had gone.
BOOST_AUTO_TEST_CASE(calls_in_flight) {
    const auto mark = sleep_mark();
    k.call("exec", R"({"argv":["sleep",)" + json_text(mark) + "]}");
    const auto put = k.call("put", R"({"path":"file"})");
    k.write(put, "data", "half of it");
    const auto spared = all.call("exec", R"({"argv":["cat"],"stdin":true})");
    BOOST_TEST_REQUIRE(eventually([&] { return processes_with(mark).size() == 1; }));
    server.set_keys({});
    BOOST_TEST(eventually([&] { return processes_with(mark).empty(); }));
    BOOST_TEST(eventually([&] { return server.files().empty(); }));
    all.write(spared, "stdin", "still here", true);
    BOOST_TEST(all.wait(spared).text("stdout") == "still here");
}

/// Also those of a client that has closed its side and waits for the rest.
BOOST_AUTO_TEST_CASE(after_a_half_close) {
    const auto mark = sleep_mark();
    k.call("exec", R"({"argv":["sleep",)" + json_text(mark) + "]}");
    BOOST_TEST_REQUIRE(eventually([&] { return processes_with(mark).size() == 1; }));
    k.note("rpc.bye");
    k.half_close();
    BOOST_TEST(all.is_served());
    server.set_keys({});
    BOOST_TEST(eventually([&] { return processes_with(mark).empty(); }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
