#include "cli/arguments/usage_error.hpp"
#include "cli/hosts/connection_settings.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace tug::cli {

namespace {

options with(std::string_view text) {
    options o;
    host_config config;
    config.add(text, "/etc/tug/config");
    o.hosts = std::make_shared<const host_config>(std::move(config));
    return o;
}

std::string address(std::string_view text, std::string_view host) {
    return settings_for(with(text), host).address;
}

} // namespace

BOOST_AUTO_TEST_SUITE(connection_settings_test)

BOOST_AUTO_TEST_CASE(a_host_that_is_not_named_is_its_own_address) {
    for (const auto* host : {"a", "a:99", "tug://a:99", "[::1]", "[::1]:99", "unix:/s", "10.0.0.1"}) {
        BOOST_TEST(address("", host) == host);
        BOOST_TEST(address("host * \n user me\n", host) == host);
    }
    BOOST_TEST(settings_for(options(), "a").address == "a");
}

BOOST_AUTO_TEST_CASE(the_address_is_in_the_place_of_the_name) {
    constexpr auto text = "host a\n address 10.0.0.7\nhost b\n address [::2]:7\nhost s\n address unix:/run/s\n"
                          "host *.x\n address %h.example.org\n";
    BOOST_TEST(address(text, "a") == "10.0.0.7");
    BOOST_TEST(address(text, "A:99") == "10.0.0.7:99");
    BOOST_TEST(address(text, "tug://a:99") == "10.0.0.7:99");
    BOOST_TEST(address(text, "b") == "[::2]:7");
    BOOST_TEST(address(text, "b:8") == "[::2]:8");
    BOOST_TEST(address(text, "s") == "unix:/run/s");
    BOOST_TEST(address("host *\n address %h.example.org\n", "unix:/t") == "unix:/t");
    BOOST_TEST(address(text, "n.x") == "n.x.example.org");
}

BOOST_AUTO_TEST_CASE(hosts_that_are_reached_by_no_network) {
    constexpr auto text =
        "host a\n address 127.0.0.1:7\nhost b\n address unix:/s\nhost c\n address 127.0.0.1\n jump gate\n";
    const auto here = [&](std::string_view host) { return is_this_host(settings_for(with(text), host)); };
    for (const auto* host :
         {"a", "b", "localhost", "localhost:1", "127.0.0.1", "127.9.9.9:1", "[::1]:1", "tug://localhost:1"})
        BOOST_TEST(here(host), host);
    for (const auto* host : {"c", "web1", "10.0.0.1", "[::2]", "localhost.example.org"}) BOOST_TEST(!here(host), host);
}

BOOST_AUTO_TEST_CASE(a_port_that_was_typed_goes_over_that_of_the_address_and_that_over_the_key) {
    constexpr auto text = "host a\n address h:1\nhost b\n address h\nhost *\n port 2\n";
    BOOST_TEST(address(text, "a") == "h:1");
    BOOST_TEST(address(text, "a:3") == "h:3");
    BOOST_TEST(address(text, "b") == "h:2");
    BOOST_TEST(address(text, "c") == "c:2");
    BOOST_TEST(address(text, "c:3") == "c:3");
    BOOST_TEST(address(text, "[::1]") == "[::1]:2");
    BOOST_TEST(address(text, "unix:/s") == "unix:/s");
}

BOOST_AUTO_TEST_CASE(flags_go_over_the_configuration) {
    auto o = with("host a\n key-file /k\n key me\n key-file-mode any\n max-window 2000000\n user u\n tls-ca /ca\n"
                  " tls-server-name n\n tls-cert /c\n tls-key /ck\n");
    const auto plain = settings_for(o, "a");
    BOOST_TEST(plain.key_file == "/k");
    BOOST_TEST(plain.key_id == "me");
    BOOST_TEST((plain.key_readers == secret_readers::any));
    BOOST_TEST((plain.tls.key_readers == secret_readers::any));
    BOOST_TEST(plain.max_window.value() == 2'000'000U);
    BOOST_TEST(plain.tls.ca == "/ca");
    BOOST_TEST(plain.tls.certificate == "/c");
    BOOST_TEST(for_host(o, "a").exec.user.value() == "u");
    BOOST_TEST(!for_host(o, "b").exec.user);

    o.key_file = "/other";
    o.exec.user = "root";
    o.tls.server_name = "m";
    o.tls.certificate = "/d";
    o.tls.key = "/dk";
    o.max_window = 3'000'000;
    const auto typed = settings_for(o, "a");
    BOOST_TEST(typed.key_file == "/other");
    BOOST_TEST(typed.key_id == ""); // an id belongs to its file
    BOOST_TEST((typed.key_readers == secret_readers::none));
    BOOST_TEST(typed.tls.ca == "/ca");
    BOOST_TEST(typed.tls.server_name == "m");
    BOOST_TEST(typed.tls.key == "/dk");
    BOOST_TEST(typed.max_window.value() == 3'000'000U);
    BOOST_TEST(for_host(o, "a").exec.user.value() == "root");
    o.key_file = "none";
    BOOST_TEST(settings_for(o, "a").key_file == "");
}

BOOST_AUTO_TEST_CASE(tls_is_off_where_the_configuration_or_the_kind_of_address_says_so) {
    auto o = with("host plain\n tls no\nhost local\n address unix:/s\nhost *\n tls-ca /ca\n key-file /k\nhost quiet\n");
    BOOST_TEST(settings_for(o, "far").tls.ca == "/ca");
    for (const auto* host : {"plain", "local", "unix:/t"}) {
        BOOST_TEST(settings_for(o, host).tls.ca == "");
        BOOST_TEST(settings_for(o, host).key_file == "/k");
    }
    o.tls.on = true;
    BOOST_TEST(settings_for(o, "plain").tls.ca == "/ca");
}

BOOST_AUTO_TEST_CASE(none_is_nothing) {
    const auto o = with("host a\n key-file none\n jump none\nhost *\n key-file /k\n jump gate\n");
    BOOST_TEST(settings_for(o, "a").key_file == "");
    BOOST_TEST(settings_for(o, "a").jump == "");
    BOOST_TEST(settings_for(o, "b").jump == "gate");
}

BOOST_AUTO_TEST_CASE(a_connection_is_shared_as_long_as_the_configuration_says) {
    using std::chrono::seconds;
    auto o = with("host a\n share yes\nhost b\n share 60\nhost c\n share no\n");
    BOOST_TEST((settings_for(o, "a").share == seconds(600)));
    BOOST_TEST((settings_for(o, "b").share == seconds(60)));
    for (const auto* host : {"c", "d"}) BOOST_TEST(!settings_for(o, host).share.has_value());
    o.share = true;
    BOOST_TEST((settings_for(o, "b").share == seconds(60)));
    for (const auto* host : {"c", "d"}) BOOST_TEST((settings_for(o, host).share == seconds(600)));
    o.share = false;
    for (const auto* host : {"a", "b"}) BOOST_TEST(!settings_for(o, host).share.has_value());
    for (const auto* wrong : {"0", "86401", "maybe"})
        BOOST_CHECK_THROW(with("host a\n share " + std::string(wrong) + "\n"), usage_error);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::cli
