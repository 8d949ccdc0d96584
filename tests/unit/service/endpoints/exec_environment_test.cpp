#include "endpoints/exec_environment.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace tug::service;

struct environment {
    tug::proto::exec_params params;
    std::vector<std::string> all{};

    environment() {
        ::setenv("TUG_SECRET", "x", 1);
        ::setenv("HOME", "/of/the/daemon", 1);
        ::setenv("USER", "daemon", 1);
        ::setenv("LOGNAME", "daemon", 1);
        old_path = std::getenv("PATH");
        ::setenv("PATH", ".:/bin::/usr/bin", 1);
    }

    ~environment() { ::setenv("PATH", old_path.c_str(), 1); }

    void make(const key_rules* rules = nullptr, const account* runs_as = nullptr) {
        const auto made = environment_of(params, rules, runs_as ? *runs_as : own, runs_as != nullptr);
        const auto strings = made.all();
        all.assign(strings.begin(), strings.end());
    }

    /// "-" where it is not set.
    [[nodiscard]] std::string at(const std::string& name) const {
        const auto found = std::ranges::find_if(all, [&](const auto& e) { return e.starts_with(name + "="); });
        return found == all.end() ? "-" : found->substr(name.size() + 1);
    }

    std::string old_path;
    account own = own_account();
};

BOOST_FIXTURE_TEST_SUITE(exec_environment_test, environment)

BOOST_AUTO_TEST_CASE(that_of_the_daemon) {
    params.env["USER"] = "client's";
    make();
    BOOST_TEST(at("TUG_SECRET") == "-");
    BOOST_TEST(at("HOME") == "/of/the/daemon");
    BOOST_TEST(at("USER") == "client's");
    BOOST_TEST(at("PATH") == ".:/bin::/usr/bin");
    params.clear_env = true;
    make();
    BOOST_TEST((all == std::vector<std::string>{"USER=client's"}));
}

BOOST_AUTO_TEST_CASE(that_of_another_user) {
    account who;
    who.name = "app";
    who.home = "/srv/app";
    params.env["LOGNAME"] = "client's";
    make(nullptr, &who);
    BOOST_TEST(at("HOME") == "/srv/app");
    BOOST_TEST(at("USER") == "app");
    BOOST_TEST(at("LOGNAME") == "client's");
    const account nameless;
    make(nullptr, &nameless);
    BOOST_TEST(at("HOME") == "/");
    BOOST_TEST(at("USER") == "-");
    params.clear_env = true;
    make(nullptr, &who);
    BOOST_TEST((all == std::vector<std::string>{"LOGNAME=client's"}));
}

/// Where the programs are restricted they are not looked for below the cwd.
BOOST_AUTO_TEST_CASE(that_of_a_restricted_key) {
    key_rules rules;
    make(&rules);
    BOOST_TEST(at("PATH") == ".:/bin::/usr/bin");
    rules.argv0 = {"git"};
    make(&rules);
    BOOST_TEST(at("PATH") == "/bin:/usr/bin");
    for (const auto* path : {".", "", "::", "bin:lib"}) {
        ::setenv("PATH", path, 1);
        make(&rules);
        BOOST_TEST(at("PATH") == "-", path);
        BOOST_TEST((search_in_of(&rules, 0)->empty()), path);
    }
    ::unsetenv("PATH");
    make(&rules);
    BOOST_TEST(at("PATH").starts_with("/usr/local/"));
    BOOST_TEST(search_in_of(&rules, 0)->size() == 6U);
    rules.argv0.clear();
    BOOST_TEST(!search_in_of(&rules, 0).has_value());
}

/// What supervisors and containers leave out is the user's.
BOOST_AUTO_TEST_CASE(what_the_daemon_lacks) {
    own.uid = 1000;
    own.name = "app";
    own.home = "/srv/app";
    own.shell = "/bin/zsh";
    ::unsetenv("HOME");
    ::unsetenv("LOGNAME");
    ::unsetenv("SHELL");
    ::unsetenv("PATH");
    make();
    BOOST_TEST(at("HOME") == "/srv/app");
    BOOST_TEST(at("USER") == "daemon"); // it has that one
    BOOST_TEST(at("LOGNAME") == "app");
    BOOST_TEST(at("SHELL") == "/bin/zsh");
    BOOST_TEST(at("PATH") == "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin");
    own = account();
    make();
    BOOST_TEST(at("HOME") == "/");
    BOOST_TEST(at("LOGNAME") == "-");
    BOOST_TEST(at("SHELL") == "-");
    BOOST_TEST(at("PATH") == "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    params.clear_env = true;
    make();
    BOOST_TEST(all.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
