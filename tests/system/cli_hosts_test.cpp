// Hosts that the configuration names, with the real programs.

#include "support/cli_checks.hpp"
#include "support/tugd_process.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

using namespace tug::test;

namespace {

struct fixture : tugd_fixture {
    fixture() {
        std::filesystem::create_directories(local / "tug");
        configure("host web1 web2\n"
                  "    address 127.0.0.1\n"
                  "    port " +
                  daemon.port() +
                  "\n"
                  "host sock\n"
                  "    address unix:" +
                  socket +
                  "\n"
                  "host nobody-there\n"
                  "    address 127.0.0.1:1\n"
                  "host *\n"
                  "    key-file ../keys-of-user\n"
                  "group web web*\n");
        std::filesystem::copy_file(keys, local / "keys-of-user");
    }

    void configure(std::string_view text) const { write_file(file, text); }

    /// `tug` as a user runs it who has nothing but that file.
    run_result plain(std::vector<std::string> arguments, std::string_view input = {}, environment env = {}) const {
        arguments.insert(arguments.begin(), "tug");
        env.emplace("XDG_CONFIG_HOME", local.path().string());
        return run(std::move(arguments), input, env);
    }

    std::string file = local / "tug/config";
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cli_hosts, fixture)

BOOST_AUTO_TEST_CASE(a_name_is_enough_everywhere) {
    for (const auto* host : {"web1", "WEB2", "sock", "tug://web1"}) {
        BOOST_TEST_CONTEXT(host) {
            check_output(plain({"exec", host, "echo", "hello"}), "hello\n");
            BOOST_TEST(plain({"ping", host}).exit_code == 0);
        }
    }
    check_output(plain({"exec", "-i", "web1", "cat"}, "piped"), "piped");
    BOOST_TEST(plain({"put", "-", "web1:f"}, "bytes").exit_code == 0);
    check_output(plain({"get", "-q", "sock:f", "-"}), "bytes");
    check_output(plain({"ls", "web2:/"}), "f\n");
    BOOST_TEST(plain({"cp", "web1:/f", "sock:/g"}).exit_code == 0);
    check_output(plain({"exec", "--", "echo", "there"}, {}, {{"TUG_ADDRESS", "web1"}}), "there\n");
    check_output(plain({"repl", "web1"}, "exec echo line\n"), "line\n");
}

BOOST_AUTO_TEST_CASE(flags_and_variables_go_over_the_file) {
    check_output(plain({"exec", "nobody-there:" + daemon.port(), "echo", "a"}), "a\n");
    check_output(plain({"exec", "-P", daemon.port(), "nobody-there", "echo", "b"}), "b\n");
    check_output(plain({"exec", "nobody-there", "echo", "c"}, {}, {{"TUG_PORT", daemon.port()}}), "c\n");
    check_failed(plain({"ping", "nobody-there"}), 1, "connect");
    check_failed(plain({"--key-file", "none", "ping", "web1"}), 1, "auth_required");
    check_failed(plain({"--key-file", local / "no-such", "ping", "web1"}), 1, "no-such");
}

BOOST_AUTO_TEST_CASE(another_file_or_none) {
    const auto other = local / "other";
    write_file(other, "host there\n address unix:" + socket + "\n key-file " + keys + "\n");
    check_output(plain({"--config", other, "exec", "there", "echo", "x"}), "x\n");
    check_output(plain({"exec", "--config=" + other, "there", "echo", "x"}), "x\n");
    check_output(plain({"exec", "there", "echo", "x"}, {}, {{"TUG_CLIENT_CONFIG", other}}), "x\n");
    check_failed(plain({"--config", other, "ping", "web1"}), 1, "web1");
    check_failed(plain({"--config", "none", "hosts"}), 2, "no configuration");
    check_failed(plain({"--config", local / "missing", "ping", "web1"}), 2, "missing");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_wrong_is_named_with_its_line) {
    configure("host a\n adress b\n");
    check_failed(plain({"ping", "a"}), 2, "'" + file + "':2: 'adress' is no key: did you mean address?");
    check_failed(plain({"exec", "a", "true"}), 125, "'adress' is no key");
    ::chmod(file.c_str(), 0666);
    check_failed(plain({"ping", "a"}), 2, "chmod go-w '" + file + "'");
    BOOST_TEST(plain({"keygen", "k"}).exit_code == 0); // what needs no host reads none
}

BOOST_AUTO_TEST_CASE(a_key_that_others_may_read_is_refused_with_what_mends_it) {
    const auto key = local / "keys-of-user";
    ::chmod(key.c_str(), 0644);
    check_failed(plain({"ping", "web1"}), 1, "chmod 600 '" + key + "'");
}

BOOST_AUTO_TEST_CASE(hosts_are_listed) {
    const auto all = plain({"hosts"});
    BOOST_TEST(all.exit_code == 0);
    BOOST_TEST(contains(all.out, "web1          127.0.0.1:" + daemon.port()), all.out);
    BOOST_TEST(contains(all.out, "  web\n"), all.out);
    const auto some = plain({"hosts", "@web"});
    BOOST_TEST((contains(some.out, "web2") && !contains(some.out, "sock")), some.out);
    const auto object = json_of(plain({"hosts", "--json"}));
    BOOST_TEST(object.at("hosts").as_object().at("web1").as_object().at("address").as_string() == "127.0.0.1");
    BOOST_TEST(object.at("groups").as_object().at("web").as_array().size() == 2U);
    BOOST_TEST(object.at("files").as_array().at(0).as_string() == file);
    check_failed(plain({"hosts", "@wbe"}), 2, "did you mean @web?");
}

BOOST_AUTO_TEST_SUITE_END()
