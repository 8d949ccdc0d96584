// Where settings come from: flag > environment > file > default.

#include "support/build_paths.hpp"
#include "support/tugd_under_test.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace tug::test {

namespace {

/// Three places to set one thing, each with its own value.
struct sources {
    bool file = false;
    bool variable = false;
    bool flag = false;
};

std::vector<std::string> base_arguments() {
    return {bin_dir() + "/tugd", "--no-auth"};
}

/// What the first line says that tugd prints, without the greeting.
std::string listens_on(program& tugd) {
    const auto line = tugd.read_line();
    BOOST_TEST_REQUIRE(line.starts_with("tugd listening on "));
    return line.substr(18);
}

/// Starts tugd with `name` set to "file", "variable" or "flag" in those places, and returns what it makes of it.
template <class Look>
auto effective(const std::string& name, const std::vector<std::string>& values, sources where, Look look) {
    const temp_dir dir;
    auto argv = base_arguments();
    environment env;
    std::string file;
    if (name != "listen") argv.insert(argv.end(), {"--listen", "127.0.0.1:0"});
    if (where.file) file = name + " = " + values.at(1) + "\n";
    auto variable = "TUG_" + name;
    for (char& c : variable) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (where.variable) env[variable] = values.at(2);
    if (where.flag) argv.insert(argv.end(), {"--" + name, values.at(3)});
    write_file(dir / "conf", file);
    argv.insert(argv.end(), {"--config", dir / "conf"});
    program tugd(argv, env);
    return look(tugd);
}

const std::vector<sources> all_sources{
    {false, false, false}, {true, false, false}, {true, true, false}, {true, true, true}};

} // namespace

BOOST_AUTO_TEST_SUITE(tugd_config)

BOOST_AUTO_TEST_CASE(a_number) {
    const std::vector<std::string> values{"64", "7", "6", "5"};
    for (std::size_t n = 0; n < values.size(); ++n) {
        const auto seen = effective("max-in-flight", values, all_sources[n], [](program& tugd) {
            wire_client client(listens_on(tugd));
            return client.hello().at("limits").at("in_flight").to_number<int>();
        });
        BOOST_TEST(std::to_string(seen) == values[n]);
    }
}

BOOST_AUTO_TEST_CASE(sizes_that_the_hello_states) {
    const std::pair<const char*, const char*> cases[] = {
        {"max-envelope", "envelope"}, {"max-body", "body"}, {"max-window", "window"}};
    for (const auto& [flag, member] : cases) {
        const auto seen = effective(flag, {"", "", "", "5000"}, {false, false, true}, [m = member](program& tugd) {
            wire_client client(listens_on(tugd));
            return client.hello().at("limits").at(m).to_number<int>();
        });
        BOOST_TEST(seen == 5000, flag);
    }
}

BOOST_AUTO_TEST_CASE(a_directory) {
    const temp_dir dirs;
    std::vector<std::string> values{std::filesystem::current_path().string()};
    for (const auto* name : {"file", "variable", "flag"}) {
        values.push_back(dirs / name);
        std::filesystem::create_directory(values.back());
    }
    for (std::size_t n = 0; n < values.size(); ++n) {
        const auto seen = effective("root", values, all_sources[n], [](program& tugd) {
            wire_client client(listens_on(tugd));
            client.hello();
            const auto id = client.call("exec", {{"argv", {"/bin/pwd"}}});
            static_cast<void>(client.wait(id).result());
            return client.output(id, "stdout");
        });
        BOOST_TEST(seen == values[n] + "\n");
    }
}

BOOST_AUTO_TEST_CASE(a_choice) {
    for (std::size_t n = 0; n < all_sources.size(); ++n) {
        const auto json = effective("log-format", {"text", "json", "text", "json"}, all_sources[n], [](program& tugd) {
            listens_on(tugd);
            tugd.await_err("\n");
            return tugd.err().starts_with("{");
        });
        BOOST_TEST(json == (n % 2 == 1));
    }
}

BOOST_AUTO_TEST_CASE(addresses) {
    const temp_dir dir;
    const std::vector<std::string> values{"", "unix:" + (dir / "a"), "unix:" + (dir / "b"), "unix:" + (dir / "c")};
    for (std::size_t n = 1; n < values.size(); ++n)
        BOOST_TEST(effective("listen", values, all_sources[n], listens_on) == values[n]);
}

BOOST_AUTO_TEST_CASE(several_addresses_in_the_environment_or_the_file) {
    const temp_dir dir;
    const auto a = "unix:" + (dir / "a");
    const auto b = "unix:" + (dir / "b");
    const auto both = [](program& tugd) {
        const auto first = listens_on(tugd);
        return first + " " + listens_on(tugd);
    };
    BOOST_TEST(effective("listen", {"", "", a + "," + b, ""}, {false, true, false}, both) == a + " " + b);
    BOOST_TEST(effective("listen", {"", "[\"" + a + "\", \"" + b + "\"]", "", ""}, {true, false, false}, both) ==
               a + " " + b);
}

BOOST_AUTO_TEST_CASE(a_switch_in_the_environment_or_the_file) {
    const temp_dir dir;
    write_file(dir / "conf", "no-auth = true\nlisten = 127.0.0.1:0\n");
    program by_file({bin_dir() + "/tugd", "--config", dir / "conf"});
    wire_client first(listens_on(by_file));
    BOOST_TEST(first.hello().at("auth").as_array().empty());
    program by_variable({bin_dir() + "/tugd"}, {{"TUG_NO_AUTH", "true"}, {"TUG_LISTEN", "127.0.0.1:0"}});
    wire_client second(listens_on(by_variable));
    BOOST_TEST(second.hello().at("auth").as_array().empty());
}

BOOST_AUTO_TEST_CASE(the_file_by_its_variable) {
    const temp_dir dir;
    write_file(dir / "conf", "# a comment\nno-auth = true\nlisten = 127.0.0.1:0\nmax-in-flight = 3\n");
    program tugd({bin_dir() + "/tugd"}, {{"TUG_CONFIG", dir / "conf"}});
    wire_client client(listens_on(tugd));
    BOOST_TEST(client.hello().at("limits").at("in_flight").to_number<int>() == 3);
}

BOOST_AUTO_TEST_CASE(an_unknown_setting_in_the_file) {
    const temp_dir dir;
    write_file(dir / "conf", "max-in-fright = 3\n");
    const auto r = run({"tugd", "--no-auth", "--config", dir / "conf"});
    BOOST_TEST(r.exit_code == 2);
    BOOST_TEST(r.err.find("max-in-fright") != std::string::npos, r.err);
    BOOST_TEST(r.out == "");
}

BOOST_AUTO_TEST_CASE(help_names_every_flag_and_its_variable) {
    const auto r = run({"tugd", "--help"});
    BOOST_TEST(r.exit_code == 0);
    BOOST_TEST(r.err == "");
    for (const auto* flag : {"listen",
                             "root",
                             "keys",
                             "no-auth",
                             "threads",
                             "max-connections",
                             "max-unauthenticated",
                             "max-commands",
                             "max-in-flight",
                             "grace",
                             "log-level",
                             "log-format",
                             "config",
                             "audit",
                             "exec-user",
                             "limit-loopback",
                             "max-envelope",
                             "max-body",
                             "max-window",
                             "max-buffered",
                             "max-unauthenticated-per-source",
                             "max-argv",
                             "max-env",
                             "max-failed-logins",
                             "max-failing-sources",
                             "login-penalty",
                             "max-login-penalty",
                             "login-time",
                             "failed-login-delay",
                             "file-threads",
                             "start-threads",
                             "envelope-time",
                             "body-time",
                             "write-time"})
        BOOST_TEST(r.out.find(std::string("--") + flag) != std::string::npos, flag);
    for (const auto* variable : {"TUG_LISTEN", "TUG_ROOT", "TUG_KEYS", "TUG_NO_AUTH", "TUG_CONFIG"})
        BOOST_TEST(r.out.find(variable) != std::string::npos, variable);
}

BOOST_AUTO_TEST_CASE(version) {
    const auto r = run({"tugd", "--version"});
    BOOST_TEST(r.exit_code == 0);
    BOOST_TEST(r.out == "tugd " TUG_VERSION "\n");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_to_its_end) {
    const temp_dir dir;
    auto argv = base_arguments();
    argv.insert(argv.end(), {"--config", dir.path()});
    const auto r = run(argv);
    BOOST_TEST(r.exit_code == 2);
    BOOST_TEST(r.err.find("cannot be read to its end") != std::string::npos, r.err);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
