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
        all = environment_of(params, rules, runs_as);
    }

    /// "-" where it is not set.
    [[nodiscard]] std::string at(const std::string& name) const {
        const auto found = std::ranges::find_if(all, [&](const auto& e) { return e.starts_with(name + "="); });
        return found == all.end() ? "-" : found->substr(name.size() + 1);
    }

    std::string old_path;
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
    ::setenv("PATH", ".", 1);
    make(&rules);
    BOOST_TEST(at("PATH") == "-");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
