// exec: what a command gets, what it leaves, and how its end is told.

#include "support/talk.hpp"
#include "support/test_server.hpp"

#include "tug/service/options.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

#include <cstdlib>
#include <string>
#include <utility>

namespace {

using namespace tug::test;

struct connected {
    connected() {
        // Of the daemon's own environment; it is there before any thread of a server is.
        ::setenv("TUG_SECRET", "not for commands", 1);
        ::setenv("OF_THE_DAEMON", "inherited", 1);
    }

    test_server server;
    raw_client c = server.connect();

    const received_call& shell(std::string_view script, std::string_view more = "") {
        return c.ask("exec", R"({"shell":)" + json_text(script) + std::string(more) + "}");
    }

    const received_call& argv(std::string_view items, std::string_view more = "") {
        return c.ask("exec", R"({"argv":[)" + std::string(items) + "]" + std::string(more) + "}");
    }
};

BOOST_FIXTURE_TEST_SUITE(server_exec_test, connected)

BOOST_AUTO_TEST_CASE(output_and_exit_code) {
    const auto& answer = shell("echo out; echo err >&2; exit 3");
    BOOST_TEST(answer.at("reason") == R"("exited")");
    BOOST_TEST(answer.at("exit_code") == "3");
    BOOST_TEST(answer.at("signal") == "");
    BOOST_TEST(answer.text("stdout") == "out\n");
    BOOST_TEST(answer.text("stderr") == "err\n");
    BOOST_TEST(answer.streams.at("stdout").eof);
    BOOST_TEST(answer.streams.at("stderr").eof);
    BOOST_TEST(answer.at("stdout") == R"({"bytes":4,"digest":)" + json_text(digest_of("out\n")) + "}");
    BOOST_TEST(answer.at("stderr") == R"({"bytes":4,"digest":)" + json_text(digest_of("err\n")) + "}");
    BOOST_TEST(std::stoull(answer.at("wall_us")) > 0U);
}

/// eof comes also on streams that carried nothing.
BOOST_AUTO_TEST_CASE(no_output) {
    const auto& answer = argv(R"("true")");
    BOOST_TEST(answer.streams.at("stdout").eof);
    BOOST_TEST(answer.streams.at("stderr").eof);
    BOOST_TEST(answer.at("stdout") == R"({"bytes":0,"digest":"xxh3-128:99aa06d3014798d86001c324468d497f"})");
}

BOOST_AUTO_TEST_CASE(an_end_by_a_signal) {
    const auto& answer = shell("kill -KILL $$");
    BOOST_TEST(answer.at("reason") == R"("signaled")");
    BOOST_TEST(answer.at("signal") == R"("KILL")");
    BOOST_TEST(answer.at("exit_code") == "");
    BOOST_TEST(shell("exit 9").at("exit_code") == "9"); // which is not the same
}

BOOST_AUTO_TEST_CASE(usage_is_measured) {
    const auto usage = shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done").result().at("usage");
    BOOST_TEST(usage.at("user_us").to_number<long>() > 0);
    BOOST_TEST(usage.at("system_us").to_number<long>() >= 0);
    BOOST_TEST(usage.at("max_rss_bytes").to_number<long>() > 100'000);
}

BOOST_AUTO_TEST_CASE(arguments_are_passed_unchanged) {
    BOOST_TEST(argv(R"("printf","%s|","a b","$HOME","*","","\u00e4\n","'\"\\")").text("stdout") ==
               "a b|$HOME|*||\xc3\xa4\n|'\"\\|");
    std::string many = R"("echo")";
    for (int i = 1; i < 65'536; ++i) many += R"(,"x")";
    BOOST_TEST(argv(many).at("exit_code") == "0");
    BOOST_TEST(argv(many + R"(,"x")").data("field") == R"("argv")");
}

BOOST_AUTO_TEST_CASE(the_environment) {
    BOOST_TEST(shell("echo $OF_THE_DAEMON,$TUG_SECRET").text("stdout") == "inherited,\n");
    BOOST_TEST(shell("echo $K,$OF_THE_DAEMON", R"(,"env":{"K":"V","OF_THE_DAEMON":"over it"})").text("stdout") ==
               "V,over it\n");
    BOOST_TEST(shell("echo $TUG_MINE", R"(,"env":{"TUG_MINE":"asked for"})").text("stdout") == "asked for\n");
    BOOST_TEST(argv(R"("env")", R"(,"env":{"K":"V"},"clear_env":true)").text("stdout") == "K=V\n");
    BOOST_TEST(argv(R"("env")", R"(,"clear_env":true)").text("stdout") == ""); // found in the usual PATH
    for (const auto* env : {R"({"":"x"})", R"({"A=B":"x"})", R"({"A":7})", R"({"A":"x\u0000"})", R"([[]])"})
        BOOST_TEST(argv(R"("env")", R"(,"env":)" + std::string(env)).data("field") == R"("env")");
}

BOOST_AUTO_TEST_CASE(the_cwd) {
    ::mkdir(server.in_root("d").c_str(), 0755);
    write_file(server.in_root("d/prog"), "#!/bin/sh\necho found in $(basename $PWD)\n");
    ::chmod(server.in_root("d/prog").c_str(), 0755);
    BOOST_TEST(shell("echo x > made", R"(,"cwd":"d")").at("exit_code") == "0");
    BOOST_TEST(read_file(server.in_root("d/made")) == "x\n");
    BOOST_TEST(argv(R"("./prog")", R"(,"cwd":"/d")").text("stdout") == "found in d\n");
    BOOST_TEST(argv(R"("d/prog")").at("exit_code") == "0");
    BOOST_TEST(argv(R"("prog")", R"(,"cwd":"d","env":{"PATH":":/usr/bin:/bin"})").at("exit_code") == "0");
}

BOOST_AUTO_TEST_CASE(what_else_a_command_gets) {
    BOOST_TEST(shell("readlink /proc/self/fd/0").text("stdout") == "/dev/null\n");
    BOOST_TEST(shell("ls /proc/$$/fd; :").text("stdout") == "0\n1\n2\n");
    BOOST_TEST(shell("set -- $(cat /proc/$$/stat); [ $5 = $$ ] && [ $6 = $$ ] && echo leads").text("stdout") ==
               "leads\n");
    BOOST_TEST(shell("grep -E '^Sig(Blk|Ign)' /proc/self/status | cut -f2 | sort -u").text("stdout") ==
               "0000000000000000\n");
}

BOOST_AUTO_TEST_CASE(commands_that_never_ran) {
    write_file(server.in_root("no_exec"), "x");
    write_file(server.in_root("no_format"), "neither a script nor a program");
    ::chmod(server.in_root("no_format").c_str(), 0755);
    write_file(server.in_root("lost"), "#!/no/such/interpreter\n");
    ::chmod(server.in_root("lost").c_str(), 0755);
    BOOST_TEST(argv(R"("no-such-program")").error() == "exec_not_found");
    BOOST_TEST(argv(R"("./nothing")").error() == "exec_not_found");
    BOOST_TEST(argv(R"("no_exec/x")").error() == "exec_not_found"); // ENOTDIR
    BOOST_TEST(argv(R"("")").error() == "exec_not_found");
    BOOST_TEST(argv(R"("./lost")").error() == "exec_not_found");
    BOOST_TEST(argv(R"("./no_exec")").error() == "permission_denied");
    BOOST_TEST(argv(R"("./no_exec")").data("need") == "");         // the OS refuses, not the key
    BOOST_TEST(argv(R"("./no_format")").error() == "exec_failed"); // no shell steps in
    BOOST_TEST(argv(R"("./no_format")").data("errno") == R"("ENOEXEC")");
    BOOST_TEST(argv(R"("true")", R"(,"cwd":"nothing")").error() == "not_found");
    BOOST_TEST(argv(R"("true")", R"(,"cwd":"../x")").error() == "path_denied");
    BOOST_TEST(c.is_served());
}

BOOST_AUTO_TEST_CASE(params_that_are_wrong) {
    for (const auto* params :
         {"{}", R"({"argv":[]})", R"({"argv":["true"],"shell":"true"})", R"({"argv":"true"})", R"({"argv":[7]})",
          R"({"argv":["a\u0000b"]})", R"({"shell":"a\u0000b"})", R"({"argv":["true"],"stdin":1})",
          R"({"argv":["true"],"output_limit":-1})", R"({"argv":["true"],"more":1})", R"({"argv":["true"],"cwd":""})"})
        BOOST_TEST(c.ask("exec", params).error() == "invalid_params");
}

// --- stdin -----------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(standard_input) {
    const auto id = c.call("exec", R"({"argv":["cat"],"stdin":true})");
    c.write(id, "stdin", "first ");
    BOOST_TEST(c.read(id, "stdout", 6) == "first ");
    c.write(id, "stdin", "last", true);
    const auto& answer = c.wait(id);
    BOOST_TEST(answer.text("stdout") == "first last");
    BOOST_TEST(answer.at("exit_code") == "0");
}

BOOST_AUTO_TEST_CASE(much_standard_input) {
    const auto content = sample_bytes(4'000'000);
    const auto id = c.call("exec", R"({"shell":"sleep 0.1; wc -c","stdin":true})");
    std::size_t sent = 0;
    while (sent < content.size()) {
        const auto allowed = c.allowed(id, "stdin") - sent;
        if (allowed == 0) {
            c.step();
            continue;
        }
        const auto piece = content.substr(sent, std::min<std::size_t>(allowed, 70'000));
        c.write(id, "stdin", piece);
        sent += piece.size();
    }
    c.write(id, "stdin", "", true);
    BOOST_TEST(c.wait(id).text("stdout") == "4000000\n");
}

/// Who reads no more gets nothing more, and the client is told.
BOOST_AUTO_TEST_CASE(a_command_that_reads_no_more) {
    const auto id = c.call("exec", R"({"shell":"exec <&-; echo closed; sleep 0.2","stdin":true})");
    c.read(id, "stdout", 7);
    c.write(id, "stdin", std::string(100'000, 'x'));
    const auto& answer = c.wait(id);
    BOOST_TEST(answer.at("exit_code") == "0");
    BOOST_TEST(answer.streams.at("stdin").stopped);
    c.write(id, "stdin", "late", true);
    BOOST_TEST(c.is_served());
}

BOOST_AUTO_TEST_CASE(standard_input_that_nobody_asked_for) {
    const auto id = c.call("exec", R"({"argv":["sleep","60"]})");
    c.write(id, "stdin", "x");
    BOOST_TEST(c.hear() == "error(invalid_request null)");
    BOOST_TEST(c.is_closed());
}

// --- signals ---------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(signals) {
    const auto id =
        c.call("exec", R"({"shell":"trap 'echo got it; exit 5' USR1; echo ready; while :; do sleep 0.02; done"})");
    c.read(id, "stdout", 6);
    const auto call = R"({"call":)" + std::to_string(id);
    for (const auto* params :
         {R"(,"signal":"SIGUSR1"})", R"(,"signal":"usr1"})", R"(,"signal":"NOPE"})", R"(,"signal":10})", "}"})
        BOOST_TEST(c.ask("exec.signal", call + params).data("field") == R"("signal")");
    BOOST_TEST(c.ask("exec.signal", R"({"call":-1,"signal":"INT"})").data("field") == R"("call")");
    BOOST_TEST(c.ask("exec.signal", R"({"call":999,"signal":"INT"})").error() == "not_found");
    BOOST_TEST(c.ask("exec.resize", call + R"(,"rows":1,"cols":1})").error() == "invalid_params");
    BOOST_TEST(server.connect().ask("exec.signal", call + R"(,"signal":"INT"})").error() == "not_found");
    const auto& sent = c.ask("exec.signal", call + R"(,"signal":"USR1"})");
    BOOST_TEST(boost::json::serialize(sent.result()) == "{}");
    BOOST_TEST(c.wait(id).text("stdout") == "ready\ngot it\n");
    BOOST_TEST(c.of(id).at("exit_code") == "5");
    BOOST_TEST(c.ask("exec.signal", call + R"(,"signal":"INT"})").error() == "not_found");
}

/// The whole group gets it.
/// Each that ends a process by default, by the name that the result has, which is that of bash.
BOOST_AUTO_TEST_CASE(names_of_signals) {
    const std::pair<const char*, const char*> names[] = {
        {"IO", "IO"},   {"POLL", "IO"},     {"IOT", "ABRT"},       {"UNUSED", "SYS"},
        {"PWR", "PWR"}, {"RTMIN", "RTMIN"}, {"RTMIN+30", "RTMAX"}, {"RTMAX-14", "RTMAX-14"}};
    for (const auto& [sent, told] : names) {
        const auto id = c.call("exec", R"({"argv":["sleep","100"]})");
        BOOST_TEST(c.ask("exec.signal", R"({"call":)" + std::to_string(id) + R"(,"signal":")" + sent + "\"}").error() ==
                   "");
        BOOST_TEST(c.wait(id).at("signal") == json_text(told), sent);
    }
    BOOST_TEST(shell("kill -29 $$").at("signal") == R"("IO")");
    BOOST_TEST(shell("kill -32 $$").at("signal") == R"("32")");
}

BOOST_AUTO_TEST_CASE(a_signal_for_the_group) {
    const auto id = c.call("exec", R"({"shell":"sleep 100 & echo ready; wait"})");
    c.read(id, "stdout", 6);
    BOOST_TEST(c.ask("exec.signal", R"({"call":1,"signal":"TERM"})").error() == "");
    BOOST_TEST(c.wait(id).at("signal") == R"("TERM")");
}

/// One that comes while the command is being started is kept for it.
BOOST_AUTO_TEST_CASE(a_signal_right_behind_the_request) {
    c.send(frame(request("1", "exec", R"({"argv":["sleep","100"]})")) +
           frame(request("2", "exec.signal", R"({"call":1,"signal":"CONT"})")) +
           frame(request("3", "exec.signal", R"({"call":1,"signal":"INT"})")));
    BOOST_TEST(c.wait(2).error() == "");
    BOOST_TEST(c.wait(3).error() == "");
    BOOST_TEST(c.wait(1).at("signal") == R"("INT")");
}

BOOST_AUTO_TEST_CASE(a_signal_for_what_is_no_exec) {
    write_file(server.in_root("a"), std::string(3'000'000, 'x'));
    c.gives_credit = false;
    c.call("get", R"({"path":"a"})");
    BOOST_TEST(c.ask("exec.signal", R"({"call":1,"signal":"INT"})").error() == "not_found");
    BOOST_TEST(c.ask("exec.resize", R"({"call":1,"rows":1,"cols":1})").error() == "not_found");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
