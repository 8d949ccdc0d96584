// `tug login` and `tug doctor` with the real programs.

#include "support/cli_checks.hpp"
#include "support/tugd_process.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

using namespace tug::test;

namespace {

struct fixture : tugd_fixture {
    /// `tug` as a user runs it who has nothing but a home.
    run_result plain(std::vector<std::string> arguments, environment env = {}) const {
        arguments.insert(arguments.begin(), "tug");
        env.emplace("HOME", local.path().string());
        env.emplace("XDG_CONFIG_HOME", local / "config");
        return run(std::move(arguments), {}, env);
    }

    /// The line of that check: its verdict and what is said.
    static std::string line(const run_result& r, std::string_view what) {
        for (std::size_t at = 0; at < r.out.size(); at = r.out.find('\n', at) + 1) {
            auto one = r.out.substr(at, r.out.find('\n', at) - at);
            if (one.size() > 8 && one.substr(8).starts_with(what)) return one;
        }
        return "no line of " + std::string(what) + " in " + r.out + r.err;
    }

    std::string file = local / "config/tug/config";
};

unsigned mode_of(const std::string& path) {
    struct stat st{};
    BOOST_REQUIRE(::stat(path.c_str(), &st) == 0);
    return st.st_mode & 07777;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(cli_doctor, fixture)

BOOST_AUTO_TEST_CASE(login_tests_a_host_and_writes_it_down) {
    const auto done = plain({"--key-file", keys, "login", "web", daemon.address()});
    BOOST_TEST(done.exit_code == 0, done.err);
    BOOST_TEST(contains(done.out, "It has proved that it has your key"), done.out);
    BOOST_TEST(contains(done.out, file), done.out);
    BOOST_TEST(read_file(file) == "host web\n    address " + daemon.address() + "\n    key-file " + keys + "\n");
    BOOST_TEST(mode_of(file) == 0600U);
    BOOST_TEST(mode_of(local / "config/tug") == 0700U);
    check_output(plain({"exec", "web", "echo", "hello"}), "hello\n");
}

BOOST_AUTO_TEST_CASE(a_new_block_stands_before_what_is_there) {
    std::filesystem::create_directories(local / "config/tug");
    write_file(local / "kept", "host *\n    address 127.0.0.1:1\n    key-file " + keys + "\n");
    ::chmod((local / "kept").c_str(), 0640);
    std::filesystem::create_symlink(local / "kept", file);
    BOOST_TEST(plain({"login", "web", "unix:" + socket}).exit_code == 0);
    BOOST_TEST(read_file(local / "kept") == "host web\n    address unix:" + socket +
                                                "\n\nhost *\n    address 127.0.0.1:1\n    key-file " + keys + "\n");
    BOOST_TEST(std::filesystem::is_symlink(file));
    BOOST_TEST(mode_of(local / "kept") == 0640U);
    check_output(plain({"exec", "web", "echo", "hello"}), "hello\n");
    check_failed(plain({"login", "web", "unix:" + socket}), 2, "in the configuration already");
}

BOOST_AUTO_TEST_CASE(what_does_not_work_is_not_written) {
    check_failed(plain({"login", "web", daemon.address()}), 1, "auth_required");
    check_failed(plain({"--key-file", keys, "login", "web", "127.0.0.1:1"}), 1, "connect_failed");
    check_failed(plain({"login", "w*", daemon.address()}), 2, "cannot be the name of a host");
    check_failed(plain({"login"}), 2, "a name and an address");
    BOOST_TEST(!std::filesystem::exists(file));
}

BOOST_AUTO_TEST_CASE(a_host_that_is_well) {
    BOOST_TEST(plain({"--key-file", keys, "login", "web", daemon.address()}).exit_code == 0);
    const auto r = plain({"doctor", "web"});
    BOOST_TEST(r.exit_code == 0, r.out);
    for (const auto* what : {"config", "key", "name", "port", "TLS", "login", "round trip", "permissions", "tugd",
                             "clock", "root", "paths", "commands", "connections", "descriptors"})
        BOOST_TEST(!contains(line(r, what), "no line"), line(r, what));
    BOOST_TEST(line(r, "clock").starts_with("ok"), line(r, "clock"));
    BOOST_TEST(contains(line(r, "permissions"), "exec, put, get"), line(r, "permissions"));
    const auto object = json_of(plain({"doctor", "--json", "web"}));
    BOOST_TEST(object.at("healthy").as_bool());
    BOOST_TEST(object.at("checks").as_array().size() > 12U);
    BOOST_TEST(line(plain({"doctor"}), "key").starts_with("ok"));
}

BOOST_AUTO_TEST_CASE(each_thing_that_is_wrong_has_its_line) {
    const auto told = [&](const std::vector<std::string>& words, std::string_view what, std::string_view how) {
        auto all = words;
        all.insert(all.begin(), {"--key-file", keys});
        const auto r = plain(all);
        const auto found = line(r, what);
        BOOST_TEST(r.exit_code == 1);
        BOOST_TEST((found.starts_with("wrong") && contains(found, how)), found);
    };
    told({"doctor", "127.0.0.1:1"}, "port", "nothing listens there");
    told({"doctor", "no-such-host.invalid"}, "name", "correct it, or set address");
    told({"doctor", "unix:" + (local / "none")}, "socket", "start tugd with --listen unix:");
    told({"doctor", "unix:" + keys}, "socket", "is no socket");
    told({"doctor", "--tls", daemon.address()}, "TLS", "TLS");
    const auto other = local / "other";
    BOOST_TEST(plain({"keygen", "other", "-o", other}).exit_code == 0);
    const auto r = plain({"doctor", "--key-file", other, daemon.address()});
    BOOST_TEST((r.exit_code == 1 && line(r, "login").starts_with("wrong")), line(r, "login"));
    ::chmod(other.c_str(), 0644);
    const auto open = plain({"doctor", "--key-file", other, daemon.address()});
    BOOST_TEST(contains(line(open, "key"), "chmod 600"), line(open, "key"));
}

BOOST_AUTO_TEST_SUITE_END()
