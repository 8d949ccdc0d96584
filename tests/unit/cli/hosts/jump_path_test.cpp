#include "cli/hosts/jump_path.hpp"

#include "cli/arguments/usage_error.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

namespace {

options with(std::string_view text, std::vector<std::string> jump = {}) {
    options o;
    host_config config;
    config.add(text, "/etc/tug/config");
    o.hosts = std::make_shared<const host_config>(std::move(config));
    o.jump = std::move(jump);
    return o;
}

std::string path(const options& o, std::string_view host) {
    try {
        std::string out;
        for (const auto& one : jump_path(o, host)) out.append(one).append(" ");
        return out;
    } catch (const usage_error& e) {
        return e.what();
    }
}

std::string jumps(std::string_view text) {
    try {
        std::string out;
        for (const auto& one : split_jumps(text)) out.append(one).append(" ");
        return out;
    } catch (const usage_error& e) {
        return "wrong";
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(jump_path_test)

BOOST_AUTO_TEST_CASE(lists) {
    BOOST_TEST(jumps("a") == "a ");
    BOOST_TEST(jumps("a,b:99,[::1]:7") == "a b:99 [::1]:7 ");
    BOOST_TEST(jumps("me@a,ssh://you@b:22") == "a b:22 ");
    BOOST_TEST(jumps("unix:/run/a@b") == "unix:/run/a@b ");
    BOOST_TEST(jumps("none") == "");
    BOOST_TEST(jumps("") == "");
    for (const auto* text : {",", "a,", ",a", "a,,b", "a:x", "a:99999", "me@"})
        BOOST_TEST(jumps(text) == "wrong", text);
}

BOOST_AUTO_TEST_CASE(what_is_typed_goes_over_the_configuration) {
    constexpr auto text = "host web\n jump gate\n";
    BOOST_TEST(path(with(text), "web") == "gate ");
    BOOST_TEST(path(with(text), "db") == "");
    BOOST_TEST(path(with(text, {"a", "b,c"}), "web") == "a b c ");
    BOOST_TEST(path(with(text, {"none"}), "web") == "");
    BOOST_TEST(path(options(), "web") == "");
}

BOOST_AUTO_TEST_CASE(the_first_one_has_its_own) {
    constexpr auto text = "host web\n jump inner,last\nhost inner\n jump outer\nhost outer\n jump out1,out2\n"
                          "host last\n jump nowhere\n";
    BOOST_TEST(path(with(text), "web") == "out1 out2 outer inner last ");
    BOOST_TEST(path(with(text, {"inner"}), "db") == "out1 out2 outer inner ");
}

BOOST_AUTO_TEST_CASE(one_for_all) {
    constexpr auto text = "host gate\n address 10.0.0.1\nhost *\n jump gate\n";
    BOOST_TEST(path(with(text), "web") == "gate ");
    BOOST_TEST(path(with(text), "gate") == "");
    BOOST_TEST(path(with(text), "GATE") == "");
    BOOST_TEST(path(with(text), "10.0.0.1") == "");
    BOOST_TEST(path(with(text), "unix:/run/tug.sock") == "");
    BOOST_TEST(path(with(text, {"gate"}), "unix:/run/tug.sock") == "gate ");
}

BOOST_AUTO_TEST_CASE(a_circle_is_named) {
    constexpr auto text = "host a\n jump b\nhost b\n jump c\nhost c\n jump a\n";
    BOOST_TEST(path(with(text), "a") == "'a' is to be reached through itself");
    BOOST_TEST(path(with(text, {"b"}), "x") == "'b' is to be reached through itself");
}

BOOST_AUTO_TEST_CASE(ports_tell_hosts_apart) {
    BOOST_TEST(path(with("", {"127.0.0.1:1,127.0.0.1:2"}), "127.0.0.1:3") == "127.0.0.1:1 127.0.0.1:2 ");
}

BOOST_AUTO_TEST_CASE(the_name_in_a_certificate_is_that_of_the_last) {
    auto o = with("host gate\n tls-server-name g\n");
    o.tls.server_name = "last";
    BOOST_TEST(options_of_jump(o).tls.server_name == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::cli
