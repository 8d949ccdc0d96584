// Which word of a command line is what, and what a number is.

#include "support/build_paths.hpp"
#include "support/cli_checks.hpp"
#include "support/fake_server.hpp"
#include "support/tugd_process.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <regex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using namespace tug::test;

namespace {

/// What no number of a flag is.
const std::vector<std::string> no_numbers{
    "nan", "inf", "-inf", "-0", "-1", "+5", "0x10", "1e3", " 5", "5 ", "5s", "", ".", "1.2.3", "99999999999999999999"};

/// The flags of a help text whose value is one of these types.
std::set<std::string> flags_of(const std::string& help, const std::string& types) {
    const std::regex form("--([a-z-]+) (" + types + ")\\b");
    std::set<std::string> names;
    for (std::sregex_iterator at(help.begin(), help.end(), form), end; at != end; ++at)
        names.insert("--" + (*at)[1].str());
    return names;
}

/// A server whose one call is kept and refused.
class refusing_server {
public:
    ~refusing_server() {
        asio::co_spawn(io_, server_.stop(), asio::use_future).get();
        thread_.join();
    }

    refusing_server() = default;
    refusing_server(const refusing_server&) = delete;
    refusing_server& operator=(const refusing_server&) = delete;

    /// The params of what `tug exec` with these flags asks for.
    std::string params_of(std::vector<std::string> flags) {
        flags.insert(flags.begin(), {"tug", "exec"});
        flags.insert(flags.end(), {server_.address(), "true"});
        (void)run(std::move(flags));
        return params_;
    }

private:
    asio::awaitable<void> answer(fake_peer& p) {
        co_await p.hello();
        const auto request = co_await p.receive("exec");
        params_ = request.envelope;
    }

    std::string params_; // read when tug has ended, which is after the connection was closed
    asio::io_context io_{1};
    fake_server server_{io_.get_executor(), [this](fake_peer& p) { return answer(p); }};
    std::thread thread_{[this] { io_.run(); }}; // last: it uses the others
};

struct fixture : tugd_fixture {
    /// With the key, and without TUG_ADDRESS.
    run_result plain(std::vector<std::string> arguments, std::string_view input = {}) {
        arguments.insert(arguments.begin(), {"tug", "--key-file", keys});
        return run(std::move(arguments), input);
    }

    std::string host = daemon.address();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cli_options, fixture)

BOOST_AUTO_TEST_CASE(flags_then_host_then_the_command) {
    check_output(plain({"exec", host, "printf", "%s|", "-n", "--json", "-e", "x"}), "-n|--json|-e|x|");
    check_output(plain({"exec", "-i", host, "cat", "-n"}, "x\n"), "     1\tx\n");
    check_output(plain({"exec", "-e", "A=1", host, "sh", "-c", "echo $A"}), "1\n");
    check_output(plain({"exec", "-ie", "A=1", "-eB=2", host, "sh", "-c", "cat; echo $A$B"}, "in "), "in 12\n");
    check_output(plain({"exec", host, "--", "echo", "--", "x"}), "-- x\n");
    check_output(plain({"exec", host, "echo", "--", "x"}), "-- x\n");
    check_output(plain({"exec", "--env=A=1", "--timeout", "60", host, "--", "sh", "-c", "echo $A"}), "1\n");
}

BOOST_AUTO_TEST_CASE(flags_behind_the_host_go_on_working) {
    check_output(plain({"exec", host, "-e", "A=1", "--", "sh", "-c", "echo $A"}), "1\n");
    check_output(plain({"exec", host, "--timeout", "60", "-e", "A=1", "sh", "-c", "echo $A"}), "1\n");
    check_output(plain({"exec", host, "--shell", "echo -n"}), "");
    check_failed(plain({"exec", host, "--bogus", "--", "true"}), 125, "--bogus");
}

BOOST_AUTO_TEST_CASE(without_a_host_the_command_is_behind_dashes) {
    check_output(tug({"exec", "--", "echo", "-n", "x"}), "x");
    check_output(plain({"--unix", socket, "exec", "--", "echo", "x"}), "x\n");
    check_failed(plain({"--unix", socket, "exec", "echo", "x"}), 125, "behind --");
    check_failed(tug({"exec", "ls"}), 125, "no command");
}

BOOST_AUTO_TEST_CASE(a_flag_takes_one_value) {
    check_output(plain({"exec", "-e", "A=1", "-e", "B=2", host, "--", "sh", "-c", "echo $A$B"}), "12\n");
    const auto made = run({"tug", "keygen", "--argv0", "git", "--argv0", "ls", "--allow-env", "X", "me"});
    BOOST_TEST(made.out.starts_with("me "), made.err);
    BOOST_TEST(contains(made.out, " argv0=git argv0=ls env=X\n"));
    const auto r = run({"tugd", "--listen", "127.0.0.1:0", "127.0.0.1:0", "--no-auth"});
    BOOST_TEST(r.exit_code == 2);
    check_failed(plain({"ping", "--timeout"}), 2, "--timeout needs a value");
    check_output(tug({"repl"}, "exec -e A=1 sh -c 'echo $A'\n"), "1\n");
}

BOOST_AUTO_TEST_CASE(names_of_commands_are_names_of_files_too) {
    write_file(local / "get", "a file");
    BOOST_TEST(run({"/bin/sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "sh", local.path().string(),
                    bin_dir() + "/tug", "--key-file", keys, "--unix", socket, "put", "get", ":put"})
                   .exit_code == 0);
    BOOST_TEST(read_file(in_root("put")) == "a file");
    write_file(local / "-x", "dashed");
    BOOST_TEST(run({"/bin/sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "sh", local.path().string(),
                    bin_dir() + "/tug", "--key-file", keys, "--unix", socket, "put", "--", "-x", ":x"})
                   .exit_code == 0);
    BOOST_TEST(read_file(in_root("x")) == "dashed");
}

BOOST_AUTO_TEST_CASE(each_number_of_tug_is_one) {
    std::size_t seen = 0;
    for (const std::string command : {"exec", "put", "get", "ping"}) {
        const auto help = run({"tug", command, "--help"}).out + run({"tug", "--help"}).out;
        for (const auto& flag : flags_of(help, "SECONDS|BYTES|PORT|OCTAL")) {
            ++seen;
            for (const auto& text : no_numbers) {
                BOOST_TEST_CONTEXT(command << ' ' << flag << " '" << text << "'") {
                    const auto r = run({"tug", command, flag, text, "a", "b:c"});
                    check_failed(r, command == "exec" ? 125 : 2, flag + ": ");
                    BOOST_TEST((contains(r.err, "from 0") || contains(r.err, "from 1")), r.err);
                }
            }
        }
    }
    BOOST_TEST(seen >= 13U);
}

BOOST_AUTO_TEST_CASE(each_number_of_tugd_is_one) {
    const auto flags = flags_of(run({"tugd", "--help"}).out, "INT|UINT|FLOAT");
    BOOST_TEST(flags.size() >= 22U);
    for (const auto& flag : flags) {
        for (const auto& text : no_numbers) {
            BOOST_TEST_CONTEXT(flag << " '" << text << "'") {
                const auto r = run({"tugd", "--no-auth", flag, text});
                BOOST_TEST(r.exit_code == 2);
                BOOST_TEST(contains(r.err, flag + ": '"), r.err);
                BOOST_TEST(contains(r.err, " to "), r.err);
            }
        }
    }
    BOOST_TEST(contains(run({"tugd", "--no-auth"}, {}, {{"TUG_GRACE", "nan"}}).err, "from 0 to 86400"));
    write_file(local / "config", "grace = nan\n");
    BOOST_TEST(contains(run({"tugd", "--no-auth", "--config", local / "config"}).err, "from 0 to 86400"));
}

BOOST_AUTO_TEST_CASE(merge_and_grace_reach_the_server) {
    refusing_server server;
    const auto plain_params = server.params_of({});
    BOOST_TEST(!contains(plain_params, "merge"));
    BOOST_TEST(!contains(plain_params, "grace"));
    BOOST_TEST(contains(server.params_of({"--merge"}), R"("merge":true)"));
    BOOST_TEST(contains(server.params_of({"--grace", "0.25"}), R"("grace_ms":250)"));
    BOOST_TEST(contains(server.params_of({"--grace", "0"}), R"("grace_ms":0)"));
    BOOST_TEST(contains(server.params_of({"--grace", "60"}), R"("grace_ms":60000)"));
    check_failed(tug({"exec", "--grace", "60.001", "--", "true"}), 125, "from 0 to 60");
}

BOOST_AUTO_TEST_CASE(leading_zeros_are_decimal) {
    write_file(in_root("file"), "0123456789abcdef");
    check_output(tug({"get", ":file", "-", "--offset", "010", "--length", "02"}), "ab");
}

BOOST_AUTO_TEST_SUITE_END()
