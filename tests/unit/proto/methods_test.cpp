#include "tug/proto/methods.hpp"

#include "tug/proto/exec_messages.hpp"
#include "tug/proto/file_messages.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

using namespace tug::proto;
namespace json = boost::json;

/// The param of that name in a described method.
json::object param(std::string_view method, std::string_view name) {
    const auto described = describe(method_of(method));
    for (const auto& p : described.at("params").as_array())
        if (p.at("name").as_string() == name) return p.as_object();
    throw std::out_of_range(std::string(name));
}

std::string schema(std::string_view method, std::string_view name) {
    return json::serialize(param(method, name).at("schema"));
}

BOOST_AUTO_TEST_SUITE(methods_test)

BOOST_AUTO_TEST_CASE(each_method_has_one_row) {
    std::set<std::string_view> names;
    for (const auto& m : methods()) {
        BOOST_TEST(names.insert(m.name).second);
        BOOST_TEST(!m.summary.empty());
        BOOST_TEST(&method_of(m.name) == &m);
    }
    BOOST_TEST(names.size() == 37U);
    BOOST_CHECK_THROW(static_cast<void>(method_of("rpc.none")), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(what_is_checked_is_what_is_shown) {
    BOOST_TEST(param("put", "path").at("required").as_bool());
    BOOST_TEST(!param("put", "size").at("required").as_bool());
    BOOST_TEST(schema("put", "mode") == R"({"type":"integer","minimum":0,"maximum":511})");
    BOOST_TEST(schema("exec", "timeout_ms") == R"({"type":"integer","minimum":1,"maximum":86400000})");
    BOOST_TEST(schema("exec", "grace_ms") == R"({"type":"integer","minimum":0,"maximum":60000})");
    BOOST_TEST(schema("exec", "stdin") == R"({"type":"boolean"})");
    BOOST_TEST(schema("get", "digest") == R"({"type":"string","enum":["xxh3-128","sha256","none"]})");
    BOOST_TEST(schema("get", "path") ==
               R"({"oneOf":[{"type":"string","minLength":1,"maxLength":4095},)"
               R"({"type":"object","properties":{"base64":{"type":"string"}},"required":["base64"],)"
               R"("additionalProperties":false}]})");
    BOOST_TEST((param("exec", "argv").at("schema").at("maxItems") == max_argv));
    BOOST_TEST(schema("exec.signal", "call") == R"({"type":["integer","string"]})");
}

BOOST_AUTO_TEST_CASE(results_are_shown_with_what_must_be_there) {
    const auto result = describe(method_of("exec")).at("result").at("schema").as_object();
    const auto& required = result.at("required").as_array();
    const auto has = [&](std::string_view name) {
        return std::ranges::find(required, json::value(name)) != required.end();
    };
    BOOST_TEST((has("reason") && has("stdout") && has("usage") && has("wall_us")));
    BOOST_TEST((!has("stderr") && !has("exit_code") && !has("survivors")));
    BOOST_TEST((result.at("properties").at("stdout").at("properties").as_object().contains("digest")));
    BOOST_TEST(json::serialize(result.at("properties").at("reason").at("enum")) ==
               R"(["exited","signaled","timed_out","cancelled","output_limit","memory_limit","cpu_limit"])");
}

BOOST_AUTO_TEST_CASE(streams_follow_the_params) {
    const auto names = [](const std::vector<stream_spec>& streams) {
        std::string out;
        for (const auto& s : streams) out += s.name + (s.dir == direction::to_server ? "< " : "> ");
        return out;
    };
    exec_params p;
    BOOST_TEST(names(p.streams()) == "stdout> stderr> ");
    p.with_stdin = true;
    BOOST_TEST(names(p.streams()) == "stdout> stderr> stdin< ");
    p.merge = true;
    BOOST_TEST(names(p.streams()) == "stdout> stdin< ");
    BOOST_TEST(names(method_of("exec").streams) == "stdout> stderr> stdin< ");
    BOOST_TEST(names(put_params().streams()) == "data< ");
    BOOST_TEST(put_params().streams().front().takes_digest);
    BOOST_TEST(names(get_params().streams()) == "data> ");
    BOOST_TEST(method_of("rpc.ping").streams.empty());
}

BOOST_AUTO_TEST_CASE(classes_follow_the_method_and_the_terminal) {
    exec_params command;
    BOOST_TEST((class_of(command) == call_class::bulk));
    command.pty = terminal_params{24, 80};
    BOOST_TEST((class_of(command) == call_class::long_lived));
    for (const auto* name :
         {"job.attach", "job.wait", "forward.connect", "forward.listen", "forward.accept", "audit.follow"})
        BOOST_TEST((method_of(name).lives == call_class::long_lived), name);
    for (const auto* name : {"put", "get", "tree.put", "tree.get", "file.list", "job.list"})
        BOOST_TEST((method_of(name).lives == call_class::bulk), name);
    for (const auto* name : {"rpc.ping", "job.start", "file.stat", "exec.signal"})
        BOOST_TEST((method_of(name).lives == call_class::short_lived), name);
    BOOST_TEST(std::string_view(describe(method_of("job.wait")).at("x-class").as_string()) == "long");
}

BOOST_AUTO_TEST_CASE(permissions_have_their_names) {
    for (const auto p : all_permissions) BOOST_TEST((permission_from_name(name_of(p)) == p));
    BOOST_TEST(!permission_from_name("").has_value());
    BOOST_TEST(!permission_from_name("EXEC").has_value());
    BOOST_TEST(describe(method_of("put")).at("x-permission").as_string() == "put");
    BOOST_TEST(!describe(method_of("rpc.ping")).contains("x-permission"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
