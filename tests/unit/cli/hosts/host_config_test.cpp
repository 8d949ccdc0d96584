#include "cli/hosts/host_config.hpp"

#include "cli/arguments/nearest.hpp"
#include "cli/arguments/usage_error.hpp"
#include "support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

namespace {

using names = std::vector<std::string>;

host_config config_of(std::string_view text) {
    host_config out;
    out.add(text, "/etc/tug/config");
    return out;
}

std::string value(const host_config& config, std::string_view host, std::string_view key) {
    const auto values = config.settings_of(host);
    const auto at = values.find(key);
    return at == values.end() ? "" : at->second;
}

/// What is said of a text that is wrong: cause and remedy.
std::string wrong(std::string_view text) {
    try {
        (void)config_of(text);
    } catch (const usage_error& e) {
        return std::string(e.what()) + ": " + e.remedy();
    }
    return "nothing";
}

} // namespace

BOOST_AUTO_TEST_SUITE(host_config_test)

BOOST_AUTO_TEST_CASE(the_first_value_wins_that_fits_the_host) {
    const auto config = config_of("# a comment\n"
                                  "host web1 web2\n"
                                  "    address 10.0.0.7\n"
                                  "    port 0099   # behind a value\n"
                                  "Host web*\n"
                                  "\tPort = 1\n"
                                  "\tuser=deploy\n"
                                  "host *\n"
                                  "    user nobody\n"
                                  "    key 'my key'\n");
    BOOST_TEST(value(config, "web1", "address") == "10.0.0.7");
    BOOST_TEST(value(config, "web1", "port") == "99");
    BOOST_TEST(value(config, "web1", "user") == "deploy");
    BOOST_TEST(value(config, "WEB3", "port") == "1");
    BOOST_TEST(value(config, "db", "user") == "nobody");
    BOOST_TEST(value(config, "db", "key") == "my key");
    BOOST_TEST(value(config, "db", "port") == "");
    BOOST_TEST(config.names() == names({"web1", "web2"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(patterns_exclude_and_groups_stand_for_their_members) {
    const auto config = config_of("host web1 web2 db1\n"
                                  "host web* !web2\n user a\n"
                                  "host @prod\n jump gate\n"
                                  "group prod db? @front\n"
                                  "group front web1 far.example.org\n");
    BOOST_TEST(value(config, "web1", "user") == "a");
    BOOST_TEST(value(config, "web2", "user") == "");
    BOOST_TEST(value(config, "db1", "jump") == "gate");
    BOOST_TEST(value(config, "far.example.org", "jump") == "gate");
    BOOST_TEST(value(config, "web2", "jump") == "");
    BOOST_TEST(config.hosts_of("@prod") == names({"db1", "web1", "far.example.org"}), boost::test_tools::per_element());
    BOOST_TEST(config.hosts_of("web*") == names({"web1", "web2"}), boost::test_tools::per_element());
    BOOST_TEST(config.hosts_of("@all") == names({"web1", "web2", "db1"}), boost::test_tools::per_element());
    BOOST_TEST(config.hosts_of("other:99") == names({"other:99"}), boost::test_tools::per_element());
    BOOST_TEST(config.groups() == names({"front", "prod"}), boost::test_tools::per_element());
    BOOST_CHECK_THROW((void)config.hosts_of("@pord"), usage_error);
    BOOST_CHECK_THROW((void)config.hosts_of("x*"), usage_error);
}

BOOST_AUTO_TEST_CASE(groups_that_hold_one_another_end) {
    const auto config = config_of("group a x @b\ngroup b y @a\n");
    BOOST_TEST(config.hosts_of("@a") == names({"x", "y"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(paths_begin_at_the_file_or_at_home) {
    ::setenv("HOME", "/my/home", 1);
    const auto config = config_of("host a\n key-file ~/.k\n tls-ca ca/../ca.pem\n tls-key /x\n tls-cert none\n");
    BOOST_TEST(value(config, "a", "key-file") == "/my/home/.k");
    BOOST_TEST(value(config, "a", "tls-ca") == "/etc/tug/ca.pem");
    BOOST_TEST(value(config, "a", "tls-key") == "/x");
    BOOST_TEST(value(config, "a", "tls-cert") == "none");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told_with_its_line) {
    const auto told = [](std::string_view text, std::string_view what) {
        const auto said = wrong(text);
        BOOST_TEST(said.find(what) != std::string::npos, "'" << what << "' is not in: " << said);
    };
    told("host a\n\n prot 1\n", "'/etc/tug/config':3: 'prot' is no key: did you mean port?");
    told("host a\n HostName b\n", ":2: 'hostname' is no key: did you mean address?");
    told("host a\n frobnicate b\n", ":2: 'frobnicate' is no key: see tug-config(5)");
    told("port 1\n", ":1: port stands in no host block");
    told("host a\ngroup g a\nport 1\n", ":3: port stands in no host block");
    told("host a\n port 1\n port 2\n", ":3: port is given twice");
    told("host a\n port 70000\n", ":2: port: '70000' is no whole number from 1 to 65535");
    told("host a\n tls maybe\n", ":2: tls: 'maybe' is neither yes nor no");
    told("host a\n address 'x y'\n", ":2: address: ");
    told("host a\n user a b\n", ":2: user has more than one value");
    told("host a\n user\n", ":2: user has no value");
    told("host a\n user =\n", ":2: user has no value");
    told("host a\n user ''\n", ":2: user: it is empty");
    told("host a\n jump b,\n", ":2: jump: 'b,' is no way: ");
    told("host\n", ":1: host names none");
    told("host a\n user \"b\n", ":2: a \" is not closed");
    told("group g\n", ":1: a group has no members");
    told("group all a\n", ":1: 'all' cannot be the name of a group");
    told("host @no\n", ":1: there is no group 'no'");
    told("\ngroup g a @no\n", ":2: there is no group 'no'");
}

BOOST_AUTO_TEST_CASE(a_file_that_others_may_write_is_refused) {
    const test::temp_dir dir;
    const auto file = dir / "config";
    test::write_file(file, "host a\n port 1\n");
    ::chmod(file.c_str(), 0644);
    BOOST_TEST(value(host_config::load(file), "a", "port") == "1");
    for (const auto mode : {0664, 0646}) {
        ::chmod(file.c_str(), static_cast<mode_t>(mode));
        try {
            (void)host_config::load(file);
            BOOST_ERROR("it was read");
        } catch (const usage_error& e) {
            BOOST_TEST(std::string(e.what()).find("run: chmod go-w '" + file + "'") != std::string::npos, e.what());
        }
    }
    BOOST_CHECK_THROW((void)host_config::load(dir / "none-such"), usage_error);
    BOOST_TEST(host_config::load("none").files().empty());
}

BOOST_AUTO_TEST_CASE(the_file_of_the_user_goes_over_that_of_the_system) {
    auto config = config_of("host a\n port 1\n");
    config.add("host a b\n port 2\n user me\n", "/other");
    BOOST_TEST(value(config, "a", "port") == "1");
    BOOST_TEST(value(config, "a", "user") == "me");
    BOOST_TEST(value(config, "b", "port") == "2");
}

BOOST_AUTO_TEST_CASE(the_nearest_word_is_one_that_differs_in_few_letters) {
    constexpr std::array<std::string_view, 3> known{"port", "user", "address"};
    BOOST_TEST(nearest("prot", known) == "port");
    BOOST_TEST(nearest("adress", known) == "address");
    BOOST_TEST(nearest("x", known) == "");
    BOOST_TEST(nearest("completely", known) == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::cli
