// --audit: a JSON object a line for each login and call, in a file that can be rotated.

#include "support/proc.hpp"
#include "support/tugd_under_test.hpp"

#include "tug/proto/base64.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace json = boost::json;

namespace tug::test {

namespace {

std::vector<json::object> lines_in(const std::string& text) {
    std::istringstream in(text);
    std::vector<json::object> out;
    for (std::string line; std::getline(in, line);) out.push_back(json::parse(line).as_object());
    return out;
}

/// One line less what differs from run to run: the time, the peer's port and the duration, each of which is checked.
std::string stable(const json::object& line) {
    const std::string time(line.at("time").as_string());
    BOOST_TEST((time.size() == 24 && time[10] == 'T' && time[23] == 'Z'), time);
    BOOST_TEST(line.at("peer").as_string().starts_with("127.0.0.1:"));
    json::object out; // in the same order, which erase() does not keep
    for (const auto& member : line) {
        if (member.key() == "ms") BOOST_TEST(member.value().to_number<int>() >= 0);
        if (member.key() == "call") BOOST_TEST(member.value().to_number<int>() > 0);
        const std::string_view key = member.key();
        if (key != "ms" && key != "time" && key != "peer" && key != "call") out.insert(member);
    }
    return json::serialize(out);
}

struct audited {
    temp_dir dir;
    std::string file = dir / "audit";

    [[nodiscard]] static launch keyed() {
        launch how;
        how.with_keys = true;
        return how;
    }

    [[nodiscard]] std::vector<std::string> to_file() const { return {"--audit", file, "--limit-loopback"}; }

    static void fail_to_log_in(const tugd_under_test& tugd, std::string_view id = "k1") {
        wire_client c(tugd.address());
        c.hello();
        BOOST_TEST(c.authenticate(id, other_key()).error() == "auth_failed");
    }

    [[nodiscard]] bool has(const std::string& path, const std::string& text) const {
        return eventually(
            [&] { return std::filesystem::exists(path) && read_file(path).find(text) != std::string::npos; });
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(tugd_audit, audited)

BOOST_AUTO_TEST_CASE(each_login_and_each_call_is_one_line) {
    tugd_under_test tugd(to_file(), keyed());
    auto client = tugd.connect();
    BOOST_TEST(client.put("file", "content").error() == "");
    BOOST_TEST(client.ask("get", {{"path", "none"}}).error() == "not_found");
    const json::object env{{"PASSWORD", "secret"}};
    BOOST_TEST(client.ask("exec", {{"argv", {"echo", "secret"}}, {"env", env}}).error() == "");
    BOOST_TEST(client.ask("exec", {{"shell", "exit 3 # secret"}}).error() == "");
    BOOST_TEST(client.ask("exec.signal", {{"call", 99}, {"signal", "INT"}}).error() == "not_found");
    BOOST_TEST(client.ask("put", {{"path", 5}}).error() == "invalid_params");
    BOOST_TEST(client.ask("no.such", json::object()).error() == "method_not_found");
    BOOST_TEST(client.ask("rpc.ping").error() == "");
    BOOST_TEST(client.ask("rpc.discover").error() == "");
    BOOST_TEST(client.ask("rpc.info").error() == "");
    fail_to_log_in(tugd);
    fail_to_log_in(tugd, "secret"); // no id of a key: it may be anything
    BOOST_TEST(tugd.stop() == 0);

    std::string seen;
    for (const auto& line : lines_in(read_file(file))) seen += stable(line) + "\n";
    BOOST_TEST(seen == R"({"event":"login","key":"k1","outcome":"ok"}
{"event":"call","key":"k1","method":"put","subject":"file","outcome":"ok","bytes":7}
{"event":"call","key":"k1","method":"get","subject":"none","outcome":"not_found","bytes":0}
{"event":"call","key":"k1","method":"exec","subject":"echo","outcome":"exited 0","bytes":7}
{"event":"call","key":"k1","method":"exec","subject":"/bin/sh","outcome":"exited 3","bytes":0}
{"event":"call","key":"k1","method":"exec.signal","subject":"INT","outcome":"not_found","bytes":0}
{"event":"call","key":"k1","method":"put","subject":"","outcome":"invalid_params","bytes":0}
{"event":"call","key":"k1","method":"no.such","subject":"","outcome":"method_not_found","bytes":0}
{"event":"login","key":"k1","outcome":"auth_failed"}
{"event":"login","key":"","outcome":"auth_failed"}
)");
    struct stat st{};
    BOOST_TEST(::stat(file.c_str(), &st) == 0);
    BOOST_TEST((st.st_mode & 07777U) == 0600U);
    BOOST_TEST(tugd.log().find("call") == std::string::npos); // there, and nowhere else
}

/// Who follows is told the very lines of the file, and what begins.
BOOST_AUTO_TEST_CASE(who_follows_gets_the_lines_of_the_file) {
    tugd_under_test tugd(to_file(), keyed());
    auto watcher = tugd.connect();
    const auto follow = watcher.call("audit.follow");
    while (watcher.output(follow, "events").find("ready") == std::string::npos) watcher.step();
    auto client = tugd.connect();
    BOOST_TEST(client.put("file", "content").error() == "");
    BOOST_TEST(client.ask("exec", {{"argv", {std::string(9'000, '\x01')}}}).error() != "");
    while (watcher.output(follow, "events").find("exec_not_found") == std::string::npos) watcher.step();
    std::string told;
    std::istringstream lines(watcher.output(follow, "events"));
    for (std::string line; std::getline(lines, line);)
        if (line.find("\"ready\"") == std::string::npos && line.find("\"began\"") == std::string::npos)
            told += line + "\n";
    BOOST_TEST(has(file, "\"cut\":true}"));
    const auto written = read_file(file);
    BOOST_TEST(written.substr(written.find('\n') + 1) == told); // but for the login of the watcher
}

BOOST_AUTO_TEST_CASE(a_penalty_and_a_revoked_key) {
    tugd_under_test tugd(to_file(), keyed());
    auto client = tugd.connect();
    for (int i = 0; i < 5; ++i) fail_to_log_in(tugd);
    BOOST_TEST(has(file, R"("outcome":"auth_failed","refused_ms":1000})"));
    write_key_file(tugd.key_file(), key_line("k2", other_key()));
    tugd.signal(SIGHUP);
    BOOST_TEST(json::serialize(client.receive().json()).find("auth_failed") != std::string::npos);
    BOOST_TEST(client.is_closed());
    BOOST_TEST(has(file, R"("event":"revoked")"));
    BOOST_TEST(stable(lines_in(read_file(file)).back()) ==
               R"({"event":"revoked","key":"k1","why":"the key was taken back"})");
}

BOOST_AUTO_TEST_CASE(control_characters_and_long_texts) {
    tugd_under_test tugd(to_file(), keyed());
    auto client = tugd.connect();
    const std::string hostile = "a\x1b[2J\r\n{\"event\":\"login\"}\x07\x7f\xc2\x9b";
    BOOST_TEST(client.ask("get", {{"path", hostile}}).error() == "not_found");
    BOOST_TEST(client.ask("exec", {{"argv", {hostile}}}).error() == "exec_not_found");
    BOOST_TEST(client.ask("exec", {{"argv", {std::string(9'000, '\x01')}}}).error() != "");
    BOOST_TEST(client.ask(std::string(10'000, '\x02'), json::object()).error() == "method_not_found");
    BOOST_TEST(tugd.stop() == 0);
    const auto text = read_file(file);
    for (const char c : text) BOOST_TEST_REQUIRE((c == '\n' || (c >= ' ' && c != '\x7f')));
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) BOOST_TEST(line.size() < 4096U);
    const auto lines = lines_in(text);
    BOOST_TEST_REQUIRE(lines.size() == 5U);
    BOOST_TEST(std::string(lines[1].at("subject").as_string()) == hostile); // escaped, not lost
    BOOST_TEST(std::string(lines[2].at("subject").as_string()) == hostile);
    BOOST_TEST(lines[3].at("cut").as_bool());
    BOOST_TEST(lines[3].at("subject").as_string().size() > 300U); // six bytes each
    BOOST_TEST(lines[4].at("method").as_string().size() == 64U);
}

BOOST_AUTO_TEST_CASE(rotation) {
    tugd_under_test tugd(to_file(), keyed());
    auto client = tugd.connect();
    BOOST_TEST(client.ask("get", {{"path", "one"}}).error() == "not_found");
    BOOST_TEST(has(file, "\"one\""));
    std::filesystem::rename(file, file + ".1");
    tugd.signal(SIGHUP);
    // The file is there a moment before it is written to.
    BOOST_TEST(eventually([&] { return tugd.log().find("audit_reopened") != std::string::npos; }));
    BOOST_TEST(client.ask("get", {{"path", "two"}}).error() == "not_found");
    BOOST_TEST(has(file, "\"two\""));
    BOOST_TEST(lines_in(read_file(file)).size() == 1U);
    BOOST_TEST(lines_in(read_file(file + ".1")).size() == 2U);
}

/// RLIMIT_FSIZE stands for a disk that is full.
BOOST_AUTO_TEST_CASE(a_file_that_takes_no_more) {
    auto how = keyed();
    how.wrapper = {"/usr/bin/prlimit", "--fsize=4000:4000"};
    tugd_under_test tugd(to_file(), how);
    auto client = tugd.connect();
    for (int i = 0; i < 100; ++i) BOOST_TEST_REQUIRE(client.ask("get", {{"path", "none"}}).error() == "not_found");
    BOOST_TEST(tugd.stop() == 0);
    const auto log = tugd.log();
    const auto first = log.find("audit_lost");
    BOOST_TEST(first != std::string::npos, log);
    BOOST_TEST(log.find("audit_lost", first + 1) == std::string::npos, log); // once
    BOOST_TEST(read_file(file).size() == 4000U);
}

BOOST_AUTO_TEST_CASE(on_standard_error_or_nowhere) {
    tugd_under_test shown({"--audit", "stderr", "--log-level", "off"}, keyed());
    static_cast<void>(shown.connect().ask("get", {{"path", "a"}}));
    BOOST_TEST(shown.stop() == 0);
    BOOST_TEST(lines_in(shown.log()).size() == 2U);
    tugd_under_test silent({"--audit", "off"}, keyed());
    static_cast<void>(silent.connect().ask("get", {{"path", "a"}}));
    BOOST_TEST(silent.stop() == 0);
    BOOST_TEST(silent.log().find("login") == std::string::npos);
    BOOST_TEST(silent.log().find("call") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
