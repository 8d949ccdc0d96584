// audit.follow: what one client does is told to another whose key may see it.

#include "support/sdk_run.hpp"
#include "support/test_server.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

using namespace tug::test;
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

struct watched {
    test_server server{
        {.with_keys = true,
         .lines = {{"watcher", "audit"}, {"others", "exec,put,get,forward"}, {"box", "audit root=/box"}}}};
};

/// What an event says less what differs from run to run.
std::string stable(const json::object& event) {
    std::string out(event.at("event").as_string());
    for (const auto* name : {"key", "method", "subject", "outcome", "bytes", "why"})
        if (const auto* value = event.if_contains(name))
            out += " " + (value->is_string() ? std::string(value->get_string()) : json::serialize(*value));
    return out;
}

std::vector<json::object> events_in(const std::string& text) {
    std::istringstream in(text);
    std::vector<json::object> out;
    for (std::string line; std::getline(in, line);) out.push_back(json::parse(line).as_object());
    return out;
}

/// Follows, and waits until it does.
std::uint64_t follow(raw_client& c) {
    const auto id = c.call("audit.follow");
    const auto& text = c.read(id, "events", 1);
    BOOST_TEST(stable(events_in(text).front()) == "ready");
    return id;
}

/// Until the text is among what came.
const std::string& await_text(raw_client& c, std::uint64_t id, std::string_view text) {
    while (c.of(id).text("events").find(text) == std::string::npos) c.step();
    return c.of(id).text("events");
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(audit_follow_test, watched)

BOOST_AUTO_TEST_CASE(logins_and_calls_of_another_client) {
    auto watcher = server.connect("watcher");
    const auto id = follow(watcher);
    auto other = server.connect("others");
    const auto put = other.call("put", R"({"path":"made"})");
    other.write(put, "data", "content", true);
    BOOST_TEST(other.wait(put).error() == "");
    BOOST_TEST(other.ask("get", R"({"path":"none"})").error() == "not_found");
    BOOST_TEST(other.ask("exec", R"({"argv":["echo","secret"],"env":{"PASSWORD":"secret"}})").error() == "");
    BOOST_TEST(other.ask("exec.signal", R"({"call":99,"signal":"INT"})").error() == "not_found");
    BOOST_TEST(other.ask("put", R"({"path":5})").error() == "invalid_params");
    BOOST_TEST(other.ask("rpc.ping").error() == "");
    auto stranger = server.unauthenticated();
    stranger.hello();
    BOOST_TEST(stranger.authenticate("others", key_of("wrong")).error() == "auth_failed");

    const auto text = await_text(watcher, id, "auth_failed");
    BOOST_TEST(text.find("secret") == std::string::npos);
    std::string seen;
    const auto events = events_in(text);
    for (const auto& event : events) seen += stable(event) + "\n";
    BOOST_TEST(seen == "ready\n"
                       "login others ok\n"
                       "began others put made\n"
                       "call others put made ok 7\n"
                       "began others get none\n"
                       "call others get none not_found 0\n"
                       "began others exec echo\n"
                       "call others exec echo exited 0 7\n"
                       "call others exec.signal INT not_found 0\n"
                       "call others put  invalid_params 0\n"
                       "login others auth_failed\n");
    BOOST_TEST((events[2].at("call") == events[3].at("call")));
    BOOST_TEST((events[3].at("call") != events[4].at("call")));
    BOOST_TEST((events[2].at("peer") == events[1].at("peer")));
    watcher.stop(id, "events");
    BOOST_TEST(watcher.wait(id).at("events") == "10");
    BOOST_TEST(watcher.is_served());
}

BOOST_AUTO_TEST_CASE(traces_and_keys_that_are_taken_back) {
    auto watcher = server.connect("watcher");
    const auto id = follow(watcher);
    auto other = server.connect("others");
    const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    BOOST_TEST(other.hear_of(
                   R"({"jsonrpc":"2.0","id":"t","method":"file.stat","params":{"path":"/"},"meta":{"traceparent":")" +
                   trace + R"(","tracestate":"who=me"}})") == "result \"t\"");
    const auto& traced = await_text(watcher, id, R"("outcome":"ok","bytes":0)");
    const auto events = events_in(traced);
    for (const auto* kind : {"began", "call"}) {
        const auto at = std::ranges::find_if(events, [&](const auto& e) { return e.at("event").as_string() == kind; });
        BOOST_TEST_REQUIRE((at != events.end()), kind);
        BOOST_TEST(std::string(at->at("traceparent").as_string()) == trace);
        BOOST_TEST(std::string(at->at("tracestate").as_string()) == "who=me");
    }
    server.set_keys({{"watcher", "audit"}});
    BOOST_TEST(stable(events_in(await_text(watcher, id, "revoked")).back()) == "revoked others the key was taken back");
}

/// Fail closed: all other permissions together are not enough.
BOOST_AUTO_TEST_CASE(a_key_without_the_permission_sees_nothing) {
    for (const auto* key : {"exec", "put", "get", "others"}) {
        auto c = server.connect(key);
        const auto& refused = c.ask("audit.follow");
        BOOST_TEST(refused.error() == "permission_denied", key);
        BOOST_TEST(refused.data("need") == R"("audit")");
        BOOST_TEST(refused.text("events") == "");
    }
    auto watcher = server.connect("watcher"); // and that one may nothing else
    BOOST_TEST(watcher.ask("get", R"({"path":"none"})").error() == "permission_denied");
}

BOOST_AUTO_TEST_CASE(without_keys_all_are_one) {
    const test_server open;
    auto watcher = open.connect();
    const auto id = follow(watcher);
    auto other = open.connect();
    BOOST_TEST(other.ask("get", R"({"path":"none"})").error() == "not_found");
    BOOST_TEST(stable(events_in(await_text(watcher, id, R"("event":"call")")).back()) == "call  get none not_found 0");
}

/// A follower that gives no credit misses events, and those whom they are about wait for nothing.
BOOST_AUTO_TEST_CASE(a_follower_that_takes_nothing) {
    auto watcher = server.connect("watcher");
    const auto id = follow(watcher);
    watcher.gives_credit = false;
    auto other = server.connect("others");
    const std::string path(200, 'n');
    const std::string params = R"({"path":")" + path + "/" + path + "/" + path + "/" + path + R"("})";
    constexpr int calls = 2'000; // two lines each, 4 MiB: a window, a queue, and more
    for (int i = 0; i < calls; ++i) {
        const auto one = other.call("file.stat", params);
        BOOST_TEST_REQUIRE(other.wait(one).error() == "not_found");
        other.forget(one);
    }
    watcher.gives_credit = true;
    watcher.grant(id, "events", 4 << 20);
    const auto& text = await_text(watcher, id, R"("event":"lost")");
    const auto end = text.size();
    BOOST_TEST(other.ask("file.stat", R"({"path":"/"})").error() == "");
    await_text(watcher, id, R"("subject":"/","outcome":"ok")");
    const auto events = events_in(watcher.of(id).text("events"));
    std::uint64_t told = 0;
    std::uint64_t lost = 0;
    for (const auto& event : events) {
        const auto kind = event.at("event").as_string();
        if (kind == "began" || kind == "call") ++told;
        if (kind == "lost") lost += event.at("lines").to_number<std::uint64_t>();
    }
    BOOST_TEST(lost > 0U);
    BOOST_TEST(told + lost == 2U * (calls + 1)); // each is either told or counted
    BOOST_TEST(end < 3U << 20U);
    watcher.cancel(id);
    BOOST_TEST(watcher.wait(id).error() == "cancelled");
}

BOOST_AUTO_TEST_CASE(more_than_may_follow) {
    std::vector<raw_client> watchers;
    for (int i = 0; i < 32; ++i) {
        watchers.push_back(server.connect("watcher"));
        follow(watchers.back());
    }
    auto over = server.connect("watcher");
    BOOST_TEST(over.ask("audit.follow").error() == "busy");
    watchers.front().close();
    while (over.ask("audit.follow", R"({"timeout_ms":1})").error() == "busy") {
    }
    follow(over);
}

BOOST_AUTO_TEST_CASE(by_the_sdk) {
    using namespace tug;
    run([&]() -> asio::awaitable<void> {
        const auto with = [](std::string id) {
            const auto& key = key_of(id);
            return connect_options().with(credentials(std::move(id), key));
        };
        auto watcher = co_await client::connect(server.address(), with("watcher"));
        auto events = co_await watcher.follow_audit();
        const auto ready = co_await events.next();
        BOOST_TEST(name_of(ready->kind) == "ready");
        auto other = co_await client::connect(server.address(), with("others"));
        static_cast<void>(co_await other.put_bytes("content", "f"));
        const auto login = co_await events.next();
        BOOST_TEST((login->kind == audit_event_kind::login));
        BOOST_TEST(login->key == "others");
        BOOST_TEST(login->outcome == "ok");
        const auto began = co_await events.next();
        BOOST_TEST((began->kind == audit_event_kind::began));
        BOOST_TEST(began->outcome == "");
        const auto called = co_await events.next();
        BOOST_TEST((called->kind == audit_event_kind::call));
        BOOST_TEST(called->call == began->call);
        BOOST_TEST(called->peer == login->peer);
        BOOST_TEST((called->method + " " + called->subject + " " + called->outcome) == "put f ok");
        BOOST_TEST(called->bytes == 7U);
        BOOST_TEST(called->time.size() == 24U);

        auto none = co_await other.follow_audit();
        BOOST_TEST((co_await error_of(none.next())) == errc::permission_denied);
        audit_feed empty;
        BOOST_TEST((co_await error_of(empty.next())) == errc::client_closed);
        for (int i = 0; i < 40; ++i) { // those that are left make room
            auto left = co_await watcher.follow_audit();
            const auto first = co_await left.next();
            BOOST_TEST((first->kind == audit_event_kind::ready));
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
