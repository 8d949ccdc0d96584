#include "cli/arguments/forward_specs.hpp"

#include "cli/arguments/usage_error.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

using namespace tug::cli;

namespace {

std::string shown(const forward_end& e) {
    return (e.host.empty() && e.socket.empty() ? "-" : "") + e.to_string();
}

std::string shown(const forward_spec& s) {
    return shown(s.listen) + " " + (s.target ? shown(*s.target) : "SOCKS");
}

std::string spec(const std::string& text) {
    try {
        return shown(parse_forward("-L", text));
    } catch (const usage_error& e) {
        BOOST_TEST(std::string(e.what()).find("-L") != std::string::npos);
        return "wrong";
    }
}

template <class Parse>
std::string end(Parse parse, const std::string& text) {
    try {
        return shown(parse(text));
    } catch (const usage_error&) {
        return "wrong";
    }
}

BOOST_AUTO_TEST_SUITE(forward_specs_test)

BOOST_AUTO_TEST_CASE(the_forms_of_ssh) {
    const std::pair<const char*, const char*> all[] = {
        {"8080:db:5432", "-:8080 db:5432"},
        {"127.0.0.1:8080:db:5432", "127.0.0.1:8080 db:5432"},
        {"*:8080:db:5432", "*:8080 db:5432"},
        {":8080:db:5432", "*:8080 db:5432"},
        {"0:db:5432", "-:0 db:5432"},
        {"[::1]:8080:[fd00::1]:80", "[::1]:8080 [fd00::1]:80"},
        {"8080:[::1]:80", "-:8080 [::1]:80"},
        {"8080:/run/app.sock", "-:8080 /run/app.sock"},
        {"localhost:8080:/run/app.sock", "localhost:8080 /run/app.sock"},
        {"/tmp/here.sock:db:80", "/tmp/here.sock db:80"},
        {"/tmp/here.sock:/run/app.sock", "/tmp/here.sock /run/app.sock"},
        {"./here.sock:[::1]:80", "./here.sock [::1]:80"},
    };
    for (const auto& [text, means] : all) BOOST_TEST(spec(text) == means, text);
}

BOOST_AUTO_TEST_CASE(what_is_none) {
    for (const auto* text : {"", "8080", "8080:db", "8080:db:x", "8080:db:0", "8080:db:65536", "x:db:80", "65536:db:80",
                             "8080::80", "8080:db:", "a:b:8080:db:80", "::1:8080:db:80", "[::1:8080:db:80",
                             "[::1]x:8080:db:80", "db:80:", "-1:db:80", "8080:/a:80", "/a", "[:]:"})
        BOOST_TEST(spec(text) == "wrong", text);
}

BOOST_AUTO_TEST_CASE(remote_ones_may_be_for_socks) {
    const std::pair<const char*, const char*> all[] = {
        {"1080", "-:1080 SOCKS"},           {"0", "-:0 SOCKS"},
        {"*:1080", "*:1080 SOCKS"},         {"[::1]:1080", "[::1]:1080 SOCKS"},
        {"0:db:80", "-:0 db:80"},           {"/there.sock:db:80", "/there.sock db:80"},
        {"8080:/a.sock", "-:8080 /a.sock"}, {"/a.sock:/b.sock", "/a.sock /b.sock"},
    };
    for (const auto& [text, means] : all) BOOST_TEST(shown(parse_remote(text)) == means, text);
    for (const auto* text : {"", "x", "/a.sock", "db:x", "8080:db"})
        BOOST_TEST(end(parse_remote, text) == "wrong", text);
}

BOOST_AUTO_TEST_CASE(together) {
    forward_flags flags;
    BOOST_CHECK_THROW(take_forward(flags), usage_error);
    flags.local_texts = {"1:a:2"};
    flags.dynamic_texts = {"3"};
    flags.remote_texts = {"4:b:5"};
    take_forward(flags);
    BOOST_TEST(flags.local.size() == 2U);
    BOOST_TEST(shown(flags.local.back()) == "-:3 SOCKS");
    BOOST_TEST(flags.remote.size() == 1U);
    BOOST_TEST(flags.is_all());
    flags.stdio_text = "db:80";
    BOOST_CHECK_THROW(read_forward(flags), usage_error);
}

BOOST_AUTO_TEST_CASE(gateway_ports_are_for_those_here_that_name_no_address) {
    forward_flags flags;
    flags.local_texts = {"1:a:2", "localhost:1:a:2", "/a.sock:a:2"};
    flags.dynamic_texts = {"3"};
    flags.remote_texts = {"4:b:5"};
    flags.gateway_ports = true;
    read_forward(flags);
    BOOST_TEST(shown(flags.local[0].listen) == "*:1");
    BOOST_TEST(shown(flags.local[1].listen) == "localhost:1");
    BOOST_TEST(shown(flags.local[2].listen) == "/a.sock");
    BOOST_TEST(shown(flags.local[3].listen) == "*:3");
    BOOST_TEST(shown(flags.remote[0].listen) == "-:4");
}

BOOST_AUTO_TEST_CASE(dynamic_and_stdio) {
    BOOST_TEST(end(parse_dynamic, "1080") == "-:1080");
    BOOST_TEST(end(parse_dynamic, "0") == "-:0");
    BOOST_TEST(end(parse_dynamic, "[::1]:1080") == "[::1]:1080");
    BOOST_TEST(end(parse_dynamic, "/tmp/s") == "/tmp/s");
    for (const auto* text : {"", "x", "a:b", "1:2:3", "65536"}) BOOST_TEST(end(parse_dynamic, text) == "wrong", text);
    BOOST_TEST(end(parse_stdio, "db:5432") == "db:5432");
    BOOST_TEST(end(parse_stdio, "[::1]:80") == "[::1]:80");
    BOOST_TEST(end(parse_stdio, "/run/app.sock") == "/run/app.sock");
    for (const auto* text : {"", "db", "db:0", "db:80:1", "5432"}) BOOST_TEST(end(parse_stdio, text) == "wrong", text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
