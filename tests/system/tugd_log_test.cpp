// What tugd writes to stderr: a line an event, nothing secret, nothing that a terminal obeys.

#include "support/proc.hpp"
#include "support/tugd_under_test.hpp"

#include "tug/proto/base64.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <sstream>
#include <string>
#include <vector>

namespace json = boost::json;

namespace tug::test {

namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

/// The events of that name, in order.
std::vector<json::object> events_of(const std::string& log, std::string_view name) {
    std::vector<json::object> found;
    for (const auto& line : lines_of(log)) {
        auto event = json::parse(line).as_object();
        if (event.at("event").as_string() == name) found.push_back(std::move(event));
    }
    return found;
}

launch keyed() {
    launch how;
    how.with_keys = true;
    return how;
}

/// One line on a call: "method subject outcome bytes".
std::string summary(const json::object& call) {
    std::string out;
    for (const auto* name : {"method", "subject", "outcome", "bytes"}) {
        if (!out.empty()) out += ' ';
        out += call.at(name).as_string();
    }
    return out;
}

/// A text that would change a terminal, were it printed: ESC, CR, LF, BEL, DEL and the one-character CSI of C1.
constexpr std::string_view hostile = "a\x1b[2J\r\nlogin key=root\x07\x7f\xc2\x9b"
                                     "31m";

bool is_control(const std::string& text, std::size_t at) {
    const auto c = static_cast<unsigned char>(text[at]);
    const auto next = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0U;
    return (c < 0x20 && c != '\n') || c == 0x7f || (c == 0xc2 && next < 0xa0);
}

/// Every way for a peer to get a text of its own into the log.
void say_hostile_things(const tugd_under_test& tugd) {
    const std::string text(hostile);
    auto client = tugd.connect();
    BOOST_TEST(client.ask("get", {{"path", text}}).error() == "not_found");
    BOOST_TEST(client.put(text, "content").error() == "");
    BOOST_TEST(client.ask("exec", {{"argv", {text}}}).error() == "exec_not_found");
    BOOST_TEST(client.ask(text, {}).error() == "method_not_found");
    BOOST_TEST(client.ask("exec", {{text, true}}).error() == "invalid_params");
    wire_client unauthenticated(tugd.address());
    unauthenticated.hello();
    BOOST_TEST(unauthenticated.authenticate(text, other_key()).error() == "auth_failed");
    wire_client broken(tugd.address());
    broken.send(text + std::string(64, '\xff'));
    try {
        for (;;) static_cast<void>(broken.receive());
    } catch (const std::exception&) {
        return; // it was told what is wrong, and the connection has ended
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(tugd_log)

BOOST_AUTO_TEST_CASE(each_login_and_each_call_is_one_line) {
    tugd_under_test tugd({"--log-format", "json"}, keyed());
    auto client = tugd.connect();
    BOOST_TEST(client.put("file", "content").error() == "");
    BOOST_TEST(client.ask("get", {{"path", "file"}}).error() == "");
    BOOST_TEST(client.ask("get", {{"path", "none"}}).error() == "not_found");
    BOOST_TEST(client.ask("get", {{"path", "file"}, {"offset", 99}}).error() == "range_invalid");
    BOOST_TEST(client.ask("exec", {{"argv", {"echo", "secret argument"}}}).error() == "");
    BOOST_TEST(client.ask("exec", {{"shell", "echo secret script >&2; exit 3"}}).error() == "");
    BOOST_TEST(client.ask("exec", {{"argv", {"sleep", "100"}}, {"timeout_ms", 20}}).error() == "");
    BOOST_TEST(client.ask("exec", {{"argv", {"/none"}}}).error() == "exec_not_found");
    BOOST_TEST(client.ask("put", {{"path", 5}}).error() == "invalid_params");
    BOOST_TEST(client.ask("rpc.ping").error() == "");
    BOOST_TEST(tugd.stop() == 0);

    const auto log = tugd.log();
    const auto logins = events_of(log, "login");
    BOOST_TEST_REQUIRE(logins.size() == 1U);
    BOOST_TEST(logins[0].at("key").as_string() == "k1");
    const auto calls = events_of(log, "call");
    const std::vector<std::string> expected{"put file ok 7",
                                            "get file ok 7",
                                            "get none not_found 0",
                                            "get file range_invalid 0",
                                            "exec echo exited 0 16",
                                            "exec /bin/sh exited 3 14",
                                            "exec sleep timed_out TERM 0",
                                            "exec /none exec_not_found 0",
                                            "put  invalid_params 0"};
    BOOST_TEST_REQUIRE(calls.size() == expected.size(), log);
    for (std::size_t i = 0; i < calls.size(); ++i) {
        BOOST_TEST(summary(calls[i]) == expected[i]);
        BOOST_TEST(calls[i].at("key").as_string() == "k1");
        BOOST_TEST(calls[i].at("peer").as_string().starts_with("127.0.0.1:"));
        BOOST_TEST(std::stod(std::string(calls[i].at("ms").as_string())) >= 0);
    }
    BOOST_TEST(log.find("secret") == std::string::npos); // neither arguments nor scripts nor bodies
    BOOST_TEST(log.find("content") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_call_without_permission_is_told) {
    tugd_under_test tugd({"--log-format", "json"}, keyed());
    write_key_file(tugd.key_file(), "k1 " + proto::base64_encode(test_key().bytes()) + " get\n");
    tugd.signal(SIGHUP);
    BOOST_TEST_REQUIRE(eventually([&] { return !events_of(tugd.log(), "keys_reloaded").empty(); }));
    BOOST_TEST(tugd.connect().ask("exec", {{"argv", {"id"}}}).error() == "permission_denied");
    BOOST_TEST(tugd.stop() == 0);
    const auto calls = events_of(tugd.log(), "call");
    BOOST_TEST_REQUIRE(calls.size() == 1U);
    BOOST_TEST(summary(calls[0]) == "exec id permission_denied 0");
}

BOOST_AUTO_TEST_CASE(every_line_of_json_parses) {
    tugd_under_test tugd({"--log-format", "json", "--log-level", "debug"}, keyed());
    say_hostile_things(tugd);
    tugd.signal(SIGHUP);
    BOOST_TEST(tugd.stop() == 0);
    const auto lines = lines_of(tugd.log());
    BOOST_TEST(lines.size() >= 10U);
    for (const auto& line : lines) {
        const auto event = json::parse(line).as_object();
        for (const auto* name : {"time", "level", "event"}) BOOST_TEST(event.at(name).is_string());
    }
}

BOOST_AUTO_TEST_CASE(nothing_that_a_terminal_obeys) {
    for (const auto* format : {"text", "json"}) {
        tugd_under_test tugd({"--log-format", format, "--log-level", "debug"}, keyed());
        say_hostile_things(tugd);
        BOOST_TEST(tugd.stop() == 0);
        const auto log = tugd.log();
        for (std::size_t at = 0; at < log.size(); ++at) BOOST_TEST_REQUIRE(!is_control(log, at), log.substr(at, 40));
        // The forged line is no line of its own.
        for (const auto& line : lines_of(log)) BOOST_TEST(!line.starts_with("login key=root"));
        BOOST_TEST(log.find("\\u001b[2J") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(nothing_secret) {
    tugd_under_test tugd({"--log-level", "debug"}, keyed());
    auto client = tugd.connect();
    const auto env = json::object{{"PASSWORD", "hunter2"}};
    BOOST_TEST(client.ask("exec", {{"argv", {"true", "hunter2"}}, {"env", env}}).error() == "");
    const auto id = client.call("exec", {{"argv", {"cat"}}, {"stdin", true}});
    client.write(id, "stdin", "hunter2");
    BOOST_TEST(client.wait(id).error() == "");
    BOOST_TEST(client.put("file", "hunter2").error() == "");
    wire_client unauthenticated(tugd.address());
    unauthenticated.hello();
    BOOST_TEST(unauthenticated.authenticate("k1", other_key()).error() == "auth_failed");
    BOOST_TEST(tugd.stop() == 0);
    const auto log = tugd.log();
    BOOST_TEST(log.find("hunter2") == std::string::npos);
    BOOST_TEST(log.find(proto::base64_encode(test_key().bytes())) == std::string::npos);
    BOOST_TEST(log.find("proof") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_level_leaves_out_what_is_below) {
    tugd_under_test quiet({"--log-level", "warning"}, keyed());
    static_cast<void>(quiet.connect().ask("exec", {{"argv", {"true"}}}));
    wire_client unauthenticated(quiet.address());
    unauthenticated.hello();
    BOOST_TEST(unauthenticated.authenticate("k1", other_key()).error() == "auth_failed");
    BOOST_TEST(quiet.stop() == 0);
    const auto lines = lines_of(quiet.log());
    BOOST_TEST_REQUIRE(lines.size() == 1U, quiet.log());
    BOOST_TEST(lines[0].find("outcome=auth_failed") != std::string::npos);
    tugd_under_test silent({"--log-level", "off"});
    static_cast<void>(silent.connect().ask("rpc.ping"));
    BOOST_TEST(silent.stop() == 0);
    BOOST_TEST(silent.log() == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
