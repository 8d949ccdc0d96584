#include "auth/command_rules.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <vector>

namespace {

using namespace tug::service;

key_rules only(std::vector<std::string> argv0, std::vector<std::string> env = {}) {
    key_rules rules;
    rules.argv0 = std::move(argv0);
    rules.env = std::move(env);
    return rules;
}

bool allows(const std::string& pattern, const std::string& program) {
    return allows_program(only({pattern}), program);
}

/// Why a key with these rules may not run it; empty where it may.
std::string refusal(const key_rules& rules, const tug::proto::exec_params& params) {
    const auto why = refuse_command({"k1", "here", std::make_shared<const key_rules>(rules)}, params);
    if (!why) return {};
    BOOST_TEST((why->code == tug::proto::errc::permission_denied));
    BOOST_TEST(why->need == "exec");
    return why->message;
}

tug::proto::exec_params command(std::string program) {
    tug::proto::exec_params p;
    p.argv = {std::move(program)};
    return p;
}

BOOST_AUTO_TEST_SUITE(command_rules_test)

BOOST_AUTO_TEST_CASE(patterns) {
    BOOST_TEST(allows("git", "git"));
    BOOST_TEST(!allows("git", "gitk"));
    BOOST_TEST(allows("git*", "gitk"));
    BOOST_TEST(allows("/usr/bin/git", "/usr/bin/git"));
    BOOST_TEST(allows("/usr/bin/*", "/usr/bin/git"));
    BOOST_TEST(allows("/usr/bin/[gh]it", "/usr/bin/hit"));
    BOOST_TEST(!allows("/usr/bin/*", "/usr/bin/sub/git")); // no wildcard matches a slash
    BOOST_TEST(!allows("/usr/bin/*", "/usr/bin/.git"));    // nor the dot of a hidden name
    BOOST_TEST(!allows("*", ".git"));
    BOOST_TEST(allows_program(only({"a", "b"}), "b"));
    BOOST_TEST(allows_program(key_rules(), "anything"));
}

/// A name is not a path, and nothing in the cwd is ever meant.
BOOST_AUTO_TEST_CASE(names_and_paths) {
    for (const auto* program : {"./git", "../git", "bin/git", "/usr/bin/git", "/git", "git/", "/tmp/git"})
        BOOST_TEST(!allows("git", program), program);
    for (const auto* program : {"./git", "bin/git", "a/../git"}) BOOST_TEST(!allows("*", program), program);
    for (const auto* program : {"git", "usr/bin/git", "/usr/bin/../bin/git", "/usr//bin/git", "/usr/./bin/git"})
        BOOST_TEST(!allows("/usr/bin/git", program), program);
    BOOST_TEST(!allows("/usr/*/git", "/usr/../git"));
    BOOST_TEST(!allows("/usr/[.][.]/git", "/usr/../git"));
    BOOST_TEST(!allows("*", ""));
    BOOST_TEST(!allows("/opt/*", "/opt/"));
}

BOOST_AUTO_TEST_CASE(a_refusal_says_what_would_allow_it) {
    BOOST_TEST(refusal(only({"git"}), command("git")) == "");
    const auto why = refusal(only({"git"}), command("/bin/ls"));
    for (const auto* word : {"\"k1\"", "\"/bin/ls\"", "argv0="}) BOOST_TEST(why.find(word) != std::string::npos, why);
    const auto path = refusal(only({"/bin/ls"}), command("/bin/../bin/ls"));
    BOOST_TEST(path.find("..") != std::string::npos, path);
    const auto longer = refusal(only({"git"}), command(std::string(1000, 'x')));
    BOOST_TEST(longer.size() < 512U); // what messages are cut to
    BOOST_TEST(longer.find("would allow it") != std::string::npos);
}

/// A shell line is the program that runs it.
BOOST_AUTO_TEST_CASE(shell) {
    tug::proto::exec_params p;
    p.shell = "id";
    const auto why = refusal(only({"git", "sh", "/usr/bin/*"}), p);
    BOOST_TEST(why.find("\"/bin/sh\"") != std::string::npos, why);
    BOOST_TEST(why.find("shell") != std::string::npos, why);
    BOOST_TEST(refusal(only({"/bin/sh"}), p) == "");
}

BOOST_AUTO_TEST_CASE(variables) {
    auto p = command("git");
    p.env["LC_ALL"] = "C";
    BOOST_TEST(refusal(only({"git"}, {"LC_*"}), p) == "");
    const auto why = refusal(only({"git"}, {"LANG"}), p);
    BOOST_TEST(why.find("\"LC_ALL\"") != std::string::npos, why);
    BOOST_TEST(why.find("env=") != std::string::npos, why);
    auto path = command("git");
    path.env["PATH"] = "/tmp";
    BOOST_TEST(refusal(only({"git"}, {"*"}), path).find("PATH") != std::string::npos);
    BOOST_TEST(refusal(key_rules(), path) == "");
}

BOOST_AUTO_TEST_CASE(without_a_key) {
    BOOST_TEST(!refuse_command({"", "here"}, command("git")).has_value());
}

BOOST_AUTO_TEST_CASE(a_path_without_the_cwd) {
    using list = std::vector<std::string>;
    BOOST_TEST((absolute_entries("/bin:/usr/bin") == list{"/bin", "/usr/bin"}));
    BOOST_TEST((absolute_entries(":/bin::.:bin:/usr/bin:") == list{"/bin", "/usr/bin"}));
    for (const auto* path : {"", ".", ":", "::", "bin:.", "~/bin"}) BOOST_TEST(absolute_entries(path).empty(), path);
}

/// What the loader takes in is code of the client's, whatever program was allowed.
BOOST_AUTO_TEST_CASE(variables_of_the_loader) {
    for (const auto* pattern : {"*", "L*", "?D_*", "[L]D_*", "LD*", "*PRELOAD"})
        BOOST_TEST(!allows_variable(only({"git"}, {pattern}), "LD_PRELOAD"), pattern);
    BOOST_TEST(allows_variable(only({"git"}, {"*"}), "GIT_DIR"));
    BOOST_TEST(allows_variable(only({"git"}, {"*", "LD_LIBRARY_*"}), "LD_LIBRARY_PATH"));
    BOOST_TEST(!allows_variable(only({"git"}, {"*", "LD_LIBRARY_*"}), "LD_PRELOAD"));
    BOOST_TEST(!allows_variable(only({"git"}), "GIT_DIR"));
}

/// Bytes that are no text match what they are, and a wildcard no more than one component.
BOOST_AUTO_TEST_CASE(names_that_are_no_text) {
    BOOST_TEST(!allows("git", "git\xff"));
    BOOST_TEST(!allows("/usr/bin/*", "/usr/bin/\xff/git"));
    BOOST_TEST(!allows("gi[a-z]", "gi\xff"));
    BOOST_TEST(!allows("*", "\xff/git"));
}

BOOST_AUTO_TEST_CASE(users) {
    const auto refused = [](std::vector<std::string> patterns, const std::string& user) {
        key_rules rules;
        rules.users = std::move(patterns);
        const auto why = refuse_user({"k1", "here", std::make_shared<const key_rules>(rules)}, user, false);
        BOOST_TEST((!why || why->need == "exec"));
        return why ? why->message : std::string();
    };
    BOOST_TEST(refused({"deploy"}, "deploy").empty());
    BOOST_TEST(refused({"a", "deploy:*"}, "deploy:www").empty());
    for (const auto* user : {"root", "1000", "deploy:www", "deploy ", "Deploy"})
        BOOST_TEST(refused({"deploy"}, user).find("user= with that text") != std::string::npos, user);
    BOOST_TEST(!refused({}, "deploy").empty());
    // Where there are no keys, it is for the operator to have said whom commands run as.
    BOOST_TEST(!refuse_user({"", "here"}, "deploy", false));
    BOOST_TEST(refuse_user({"", "here"}, "deploy", true).has_value());
}

BOOST_AUTO_TEST_CASE(a_login_needs_leave_for_its_shell) {
    const auto may = [](key_rules rules) {
        const auto why =
            refuse_login_shell({"k1", "here", std::make_shared<const key_rules>(std::move(rules))}, "/bin/bash");
        BOOST_TEST((!why || why->message.find("`login`") != std::string::npos));
        return !why;
    };
    BOOST_TEST(may({}));
    BOOST_TEST(may(only({"/bin/*"})));
    BOOST_TEST(!may(only({"bash", "/bin/sh"})));
    tug::proto::exec_params p;
    p.login = true;
    p.env = {{"LD_PRELOAD", "x"}};
    BOOST_TEST(!refusal(only({"/bin/*"}), p).empty());
    p.env.clear();
    BOOST_TEST(refusal(only({"/bin/*"}), p).empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
