// exec with `limits` and `report_start`.

#include "support/test_server.hpp"

#include "tug/service/options.hpp"

#include <boost/test/unit_test.hpp>
#include <unistd.h>

#include <string>

namespace {

using namespace tug::test;

std::string limited(std::string_view limits, std::string_view script) {
    return R"({"limits":{)" + std::string(limits) + R"(},"shell":)" + json_text(script) + "}";
}

struct connected {
    server_setup how;

    connected() {
        how.with_keys = true;
        how.lines = {{"short", "exec cpu=2"}, {"small", "exec memory=64M processes=10"}};
        how.adjust = [](tug::service::options& o) { o.cgroup = "off"; };
    }
};

BOOST_FIXTURE_TEST_SUITE(server_exec_limits_test, connected)

BOOST_AUTO_TEST_CASE(of_each_process) {
    const test_server server(how);
    auto c = server.connect();
    BOOST_TEST(c.ask("exec", limited(R"("open_files":77)", "ulimit -n; ulimit -Hn")).text("stdout") == "77\n77\n");
    BOOST_TEST(c.ask("exec", limited(R"("cpu_ms":2500)", "ulimit -t; ulimit -Ht")).text("stdout") == "3\n4\n");
    BOOST_TEST(c.ask("exec", limited(R"("nice":7)", "nice")).text("stdout") == "7\n");
    const auto& file = c.ask("exec", limited(R"("file_bytes":1000)", "exec head -c 5000 /dev/zero >f"));
    BOOST_TEST(file.at("signal") == R"("XFSZ")");
    BOOST_TEST(c.ask("exec", R"({"argv":["stat","-c","%s","f"]})").text("stdout") == "1000\n");
}

BOOST_AUTO_TEST_CASE(of_processor_time) {
    const test_server server(how);
    auto c = server.connect();
    const auto& ended = c.ask("exec", limited(R"("cpu_ms":1000)", "while :; do :; done"));
    BOOST_TEST(ended.at("reason") == R"("cpu_limit")");
    BOOST_TEST(ended.at("signal") == R"("XCPU")");
    const auto& stubborn = c.ask("exec", limited(R"("cpu_ms":1000)", "trap '' XCPU; while :; do :; done"));
    BOOST_TEST(stubborn.at("reason") == R"("cpu_limit")");
    BOOST_TEST(stubborn.at("signal") == R"("KILL")");
    // The same signal from elsewhere is no limit that was reached.
    BOOST_TEST(c.ask("exec", limited(R"("cpu_ms":100000)", "kill -KILL $$")).at("reason") == R"("signaled")");
    BOOST_TEST(c.ask("exec", R"({"shell":"kill -XCPU $$"})").at("reason") == R"("signaled")");
}

BOOST_AUTO_TEST_CASE(that_cannot_be_enforced) {
    const test_server server(how);
    auto c = server.connect();
    for (const auto* one : {R"("memory_bytes":100000000)", R"("processes":100)"}) {
        const auto& answer = c.ask("exec", limited(one, "true"));
        BOOST_TEST(answer.error() == "unsupported");
        BOOST_TEST(boost::json::serialize(*answer.answer).find("--cgroup") != std::string::npos);
    }
    BOOST_TEST(server.connect("small").ask("exec", R"({"argv":["true"]})").error() == "unsupported");
}

BOOST_AUTO_TEST_CASE(what_the_operator_allows) {
    how.adjust = [](tug::service::options& o) {
        o.cgroup = "off";
        o.most_resources.cpu_ms = 5000;
    };
    const test_server server(how);
    auto c = server.connect();
    BOOST_TEST(c.ask("exec", R"({"shell":"ulimit -t"})").text("stdout") == "5\n");
    BOOST_TEST(c.ask("exec", limited(R"("cpu_ms":3000)", "ulimit -t")).text("stdout") == "3\n");
    BOOST_TEST(c.ask("exec", limited(R"("cpu_ms":5001)", "ulimit -t")).data("field") == R"("limits")");
    auto less = server.connect("short");
    BOOST_TEST(less.ask("exec", R"({"shell":"ulimit -t"})").text("stdout") == "2\n");
    BOOST_TEST(less.ask("exec", limited(R"("cpu_ms":3000)", "ulimit -t")).data("field") == R"("limits")");
}

BOOST_AUTO_TEST_CASE(the_start_is_told) {
    const test_server server(how);
    auto c = server.connect();
    const auto id = c.call("exec", R"({"shell":"echo $$","report_start":true})");
    const auto first = c.receive().json().as_object();
    BOOST_TEST(first.at("method").as_string() == "rpc.started");
    const auto& said = first.at("params").as_object();
    BOOST_TEST(said.at("call").to_number<std::uint64_t>() == id);
    BOOST_TEST(c.wait(id).text("stdout") == std::to_string(said.at("pid").to_number<int>()) + "\n");
    BOOST_TEST(c.ask("exec", R"({"argv":["no-such-program"],"report_start":true})").error() == "exec_not_found");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
