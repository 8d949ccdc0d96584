#include "tug/proto/exec_messages.hpp"

#include "support/wire.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace tug::proto;
using tug::test::from_wire;
using tug::test::over_the_wire;
namespace json = boost::json;

/// Parses as from the wire; gives the field that is wrong, or "".
template <class T>
std::string wrong_field(std::string_view text) {
    const auto r = from_wire<T>(text);
    if (r) return "";
    BOOST_TEST((r.error().code == errc::invalid_params));
    return r.error().field;
}

std::string many(std::size_t n, std::string_view item) {
    std::string out;
    for (std::size_t i = 0; i < n; ++i) out.append(i > 0 ? "," : "").append(item);
    return out;
}

std::string variables(std::size_t n) {
    std::string out;
    for (std::size_t i = 0; i < n; ++i) out += (i > 0 ? ",\"V" : "\"V") + std::to_string(i) + R"(":"")";
    return R"({"argv":["x"],"env":{)" + out + "}}";
}

BOOST_AUTO_TEST_SUITE(exec_messages_test)

BOOST_AUTO_TEST_CASE(params_come_back) {
    exec_params p;
    p.argv = {"make", "-j4", "", "a b\n"};
    p.cwd = "src";
    p.env = {{"K", "V"}, {"EMPTY", ""}};
    p.clear_env = true;
    p.with_stdin = true;
    p.output_limit = 0;
    p.keep_children = true;
    p.timeout_ms = max_timeout_ms;
    const auto back = over_the_wire(p);
    BOOST_TEST((back.argv == p.argv));
    BOOST_TEST((back.cwd == p.cwd && back.env == p.env && !back.shell));
    BOOST_TEST((back.clear_env && back.with_stdin && back.keep_children));
    BOOST_TEST((back.output_limit == p.output_limit && back.timeout_ms == p.timeout_ms));

    BOOST_TEST((!back.merge && !back.grace_ms && !back.pty));

    exec_params raw;
    raw.argv = {"cat", "\xff"};
    raw.cwd = "d\xfe";
    raw.env = {{"TEXT", "a"}, {"V", "\xff"}};
    raw.merge = true;
    raw.grace_ms = 0;
    BOOST_TEST((over_the_wire(raw).argv == raw.argv && over_the_wire(raw).cwd == raw.cwd));
    BOOST_TEST((over_the_wire(raw).env == raw.env && raw.to_json().at("env").is_object()));
    BOOST_TEST((over_the_wire(raw).merge && over_the_wire(raw).grace_ms == 0U));
    raw.env.emplace("\xff", "1");
    BOOST_TEST((over_the_wire(raw).env == raw.env && raw.to_json().at("env").is_array()));

    raw.limits = resource_limits{1, 2, 3, 4, 5, -20};
    BOOST_TEST((over_the_wire(raw).limits == raw.limits));
    raw.report_start = true;
    BOOST_TEST(over_the_wire(raw).report_start);
    raw.pty = {24, 65'535, "xterm-256color"};
    BOOST_TEST((over_the_wire(raw).pty == raw.pty));

    exec_params s;
    s.shell = "echo $HOME";
    const auto text = over_the_wire(s);
    BOOST_TEST((text.shell == s.shell && text.argv.empty()));
    BOOST_TEST((!text.clear_env && !text.with_stdin && !text.keep_children && !text.timeout_ms && !text.output_limit));
    BOOST_TEST(json::serialize(s.to_json()) == R"({"shell":"echo $HOME"})");
}

BOOST_AUTO_TEST_CASE(params_are_read_strictly) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {R"({"argv":["x"]})", ""},
        {R"({"shell":""})", ""},
        {"{}", "argv"},
        {R"({"argv":["x"],"shell":"x"})", "shell"},
        {R"({"argv":[]})", "argv"},
        {R"({"argv":"x"})", "argv"},
        {R"({"argv":null})", "argv"},
        {R"({"argv":["x",5]})", "argv"},
        {R"({"argv":["x\u0000"]})", "argv"},
        {R"({"argv":[)" + many(65'536, R"("x")") + "]}", ""},
        {R"({"argv":[)" + many(65'537, R"("x")") + "]}", "argv"},
        {R"({"shell":["x"]})", "shell"},
        {R"({"shell":"x\u0000"})", "shell"},
        {R"({"argv":["x"],"cwd":""})", "cwd"},
        {R"({"argv":["x"],"cwd":".\u0000"})", "cwd"},
        {R"({"argv":["x"],"cwd":")" + std::string(4'095, 'd') + "\"}", ""},
        {R"({"argv":["x"],"cwd":")" + std::string(4'096, 'd') + "\"}", "cwd"},
        {R"({"argv":["x"],"env":[]})", ""},
        {R"({"argv":["x"],"env":5})", "env"},
        {R"({"argv":["x"],"env":[["A","1"],[{"base64":"/w=="},{"base64":"/w=="}]]})", ""},
        {R"({"argv":["x"],"env":[["A","1"],["A","2"]]})", "env"},
        {R"({"argv":["x"],"env":[["A"]]})", "env"},
        {R"({"argv":["x"],"env":[["A","1","2"]]})", "env"},
        {R"({"argv":["x"],"env":["A"]})", "env"},
        {R"({"argv":["x"],"env":[[5,"1"]]})", "env"},
        {R"({"argv":["x"],"env":[[{"base64":"AA=="},"1"]]})", "env"}, // NUL
        {R"({"argv":["x"],"env":{"A":{"base64":"AA=="}}})", "env"},
        {R"({"argv":["x"],"env":{"A":{"base64":"/w=="}}})", ""},
        {R"({"argv":["x",{"base64":"/w=="}]})", ""},
        {R"({"argv":["x",{"base64":"AA=="}]})", "argv"},
        {R"({"argv":["x",{"base64":"/w="}]})", "argv"},
        {R"({"shell":{"base64":"/w=="}})", ""},
        {R"({"argv":["x"],"cwd":{"base64":"/w=="}})", ""},
        {R"({"argv":["x"],"pty":{"rows":1,"cols":65535}})", ""},
        {R"({"argv":["x"],"pty":{"rows":65535,"cols":1,"term":"screen.xterm-256color"}})", ""},
        {R"({"argv":["x"],"pty":true})", "pty"},
        {R"({"argv":["x"],"pty":null})", "pty"},
        {R"({"argv":["x"],"pty":{}})", "pty"},
        {R"({"argv":["x"],"pty":{"rows":24}})", "pty"},
        {R"({"argv":["x"],"pty":{"rows":0,"cols":80}})", "pty"},
        {R"({"argv":["x"],"pty":{"rows":24,"cols":65536}})", "pty"},
        {R"({"argv":["x"],"pty":{"rows":24.0,"cols":80}})", "pty"},
        {R"({"argv":["x"],"pty":{"rows":24,"cols":80,"depth":8}})", "pty"},
        {R"({"argv":["x"],"pty":{"rows":24,"cols":80,"term":""}})", "pty"},
        {R"({"argv":["x"],"pty":{"rows":24,"cols":80,"term":"../x"}})", "pty"},
        {R"({"argv":["x"],"pty":{"rows":24,"cols":80,"term":"a b"}})", "pty"},
        {R"({"argv":["x"],"pty":{"rows":24,"cols":80,"term":"ä"}})", "pty"},
        {R"({"argv":["x"],"pty":{"rows":24,"cols":80,"term":")" + std::string(64, 't') + "\"}}", ""},
        {R"({"argv":["x"],"pty":{"rows":24,"cols":80,"term":")" + std::string(65, 't') + "\"}}", "pty"},
        {R"({"login":true})", ""},
        {R"({"login":true,"user":"deploy:www"})", ""},
        {R"({"login":true,"shell":"id"})", ""},
        {R"({"login":true,"shell":"id","argv":["x"]})", "login"},
        {R"({"login":true,"argv":["x"]})", "login"},
        {R"({"login":1})", "login"},
        {R"({"argv":["x"],"user":""})", "user"},
        {R"({"argv":["x"],"user":5})", "user"},
        {R"({"argv":["x"],"user":"a\u0000"})", "user"},
        {R"({"argv":["x"],"user":")" + std::string(513, 'u') + "\"}", ""},
        {R"({"argv":["x"],"user":")" + std::string(514, 'u') + "\"}", "user"},
        {R"({"argv":["x"],"limits":{}})", ""},
        {R"({"argv":["x"],"limits":{"nice":19,"open_files":3,"file_bytes":0}})", ""},
        {R"({"argv":["x"],"limits":{"nice":20}})", "limits"},
        {R"({"argv":["x"],"limits":{"nice":-21}})", "limits"},
        {R"({"argv":["x"],"limits":{"open_files":2}})", "limits"},
        {R"({"argv":["x"],"limits":{"memory_bytes":0}})", "limits"},
        {R"({"argv":["x"],"limits":{"memory_bytes":"1G"}})", "limits"},
        {R"({"argv":["x"],"limits":{"time":1}})", "limits"},
        {R"({"argv":["x"],"limits":5})", "limits"},
        {R"({"argv":["x"],"merge":1})", "merge"},
        {R"({"argv":["x"],"grace_ms":0})", ""},
        {R"({"argv":["x"],"grace_ms":60000})", ""},
        {R"({"argv":["x"],"grace_ms":60001})", "grace_ms"},
        {R"({"argv":["x"],"grace_ms":-1})", "grace_ms"},
        {R"({"argv":["x"],"env":{"":"v"}})", "env"},
        {R"({"argv":["x"],"env":{"A=B":"v"}})", "env"},
        {R"({"argv":["x"],"env":{"A\u0000":"v"}})", "env"},
        {R"({"argv":["x"],"env":{"A":5}})", "env"},
        {R"({"argv":["x"],"env":{"A":"\u0000"}})", "env"},
        {variables(4'096), ""},
        {variables(4'097), "env"},
        {R"({"argv":["x"],"clear_env":1})", "clear_env"},
        {R"({"argv":["x"],"stdin":"yes"})", "stdin"},
        {R"({"argv":["x"],"keep_children":null})", "keep_children"},
        {R"({"argv":["x"],"output_limit":0})", ""},
        {R"({"argv":["x"],"output_limit":-0})", "output_limit"},
        {R"({"argv":["x"],"output_limit":9007199254740992})", "output_limit"},
        {R"({"argv":["x"],"timeout_ms":0})", "timeout_ms"},
        {R"({"argv":["x"],"timeout_ms":1})", ""},
        {R"({"argv":["x"],"timeout_ms":86400000})", ""},
        {R"({"argv":["x"],"timeout_ms":86400001})", "timeout_ms"},
        {R"({"argv":["x"],"timeout_ms":1.0})", "timeout_ms"},
        {R"({"argv":["x"],"uid":0})", "uid"},
        {R"({"argv":["x"],"ARGV":["x"]})", "ARGV"},
    };
    for (const auto& [text, field] : cases) BOOST_TEST_CONTEXT(text.substr(0, 80)) {
            BOOST_TEST(wrong_field<exec_params>(text) == field);
        }
}

BOOST_AUTO_TEST_CASE(streams_of_a_terminal) {
    exec_params p;
    const auto names = [&] {
        std::string all;
        for (const auto& s : p.streams()) all += s.name + " ";
        return all;
    };
    p.with_stdin = true;
    BOOST_TEST(names() == "stdout stderr stdin ");
    p.pty = {24, 80, "xterm"};
    BOOST_TEST(names() == "stdout stdin ");
    p.with_stdin = false;
    BOOST_TEST(names() == "stdout ");
}

BOOST_AUTO_TEST_CASE(reasons_have_their_names) {
    const std::pair<exec_reason, std::string_view> names[] = {
        {exec_reason::exited, "exited"},
        {exec_reason::signaled, "signaled"},
        {exec_reason::timed_out, "timed_out"},
        {exec_reason::cancelled, "cancelled"},
        {exec_reason::output_limit, "output_limit"},
        {exec_reason::memory_limit, "memory_limit"},
        {exec_reason::cpu_limit, "cpu_limit"},
    };
    for (const auto& [reason, name] : names) {
        BOOST_TEST(name_of(reason) == name);
        BOOST_TEST((exec_reason_from_name(name) == reason));
    }
    BOOST_TEST(!exec_reason_from_name("").has_value());
    BOOST_TEST(!exec_reason_from_name("EXITED").has_value());
}

BOOST_AUTO_TEST_CASE(results_come_back) {
    exec_result r;
    r.reason = exec_reason::output_limit;
    r.signal = "KILL";
    r.standard_output = {12, "xxh3-128:00"};
    r.standard_error = stream_summary{0, "xxh3-128:01"};
    r.usage = {1, 2, 3, 4, 5, 6};
    r.wall_us = 4;
    const auto back = over_the_wire(r);
    BOOST_TEST((back.reason == r.reason && back.signal == r.signal && !back.exit_code));
    BOOST_TEST((back.standard_output == r.standard_output && back.standard_error == r.standard_error));
    BOOST_TEST((back.usage.user_us == 1 && back.usage.system_us == 2 && back.usage.max_rss_bytes == 3));
    BOOST_TEST((back.usage == r.usage));
    BOOST_TEST(back.wall_us == 4U);
    BOOST_TEST((!back.contained_by && !back.survivors));

    for (const auto by : {containment::session, containment::cgroup}) {
        r.contained_by = by;
        r.survivors = 5;
        BOOST_TEST((over_the_wire(r).contained_by == by && over_the_wire(r).survivors == 5U));
    }

    r.standard_error.reset();
    BOOST_TEST((!over_the_wire(r).standard_error && !r.to_json().contains("stderr")));

    r.reason = exec_reason::exited;
    r.signal.reset();
    r.exit_code = 255;
    BOOST_TEST(over_the_wire(r).exit_code.value() == 255);
}

BOOST_AUTO_TEST_CASE(results_of_strange_servers) {
    exec_result good;
    good.exit_code = 0;
    const auto with = [&](auto change) {
        auto o = good.to_json();
        change(o);
        return wrong_field<exec_result>(json::serialize(o));
    };
    BOOST_TEST(with([](auto&) {}) == "");
    BOOST_TEST(with([](auto& o) { o["later"] = 1; }) == "");
    BOOST_TEST(with([](auto& o) { o.erase("survivors"); }) == ""); // an older one
    BOOST_TEST(with([](auto& o) { o["containment"] = "jail"; }) == "");
    BOOST_TEST(with([](auto& o) { o["containment"] = 1; }) == "containment");
    BOOST_TEST(with([](auto& o) { o["survivors"] = -1; }) == "survivors");
    BOOST_TEST(with([](auto& o) { o.erase("stderr"); }) == ""); // merged
    BOOST_TEST(with([](auto& o) { o.erase("stdout"); }) == "stdout");
    BOOST_TEST(with([](auto& o) { o.erase("reason"); }) == "reason");
    BOOST_TEST(with([](auto& o) { o["reason"] = "bored"; }) == "reason");
    BOOST_TEST(with([](auto& o) { o.erase("exit_code"); }) == "signal");
    BOOST_TEST(with([](auto& o) { o["signal"] = "KILL"; }) == "signal");
    BOOST_TEST(with([](auto& o) { o["exit_code"] = 256; }) == "exit_code");
    BOOST_TEST(with([](auto& o) { o["exit_code"] = -1; }) == "exit_code");
    BOOST_TEST(with([](auto& o) { o["stdout"] = 5; }) == "stdout");
    BOOST_TEST(with([](auto& o) { o["stdout"].as_object().erase("bytes"); }) == "stdout");
    BOOST_TEST(with([](auto& o) { o["stdout"].as_object()["digest"] = 5; }) == "stdout");
    BOOST_TEST(with([](auto& o) { o.erase("usage"); }) == "usage");
    BOOST_TEST(with([](auto& o) { o["usage"].as_object()["user_us"] = 1.5; }) == "usage");
    BOOST_TEST(with([](auto& o) { o.erase("wall_us"); }) == "wall_us");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
