#include "support/build_paths.hpp"
#include "support/cli_checks.hpp"
#include "support/tugd_process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>

using namespace tug::test;

BOOST_FIXTURE_TEST_SUITE(cli_repl, tugd_fixture)

BOOST_AUTO_TEST_CASE(a_session) {
    write_file(local / "in", "a line\n");
    const auto r = tug({"repl"}, "put " + (local / "in") + " :dir.file\n" +
                                     "exec cat dir.file\n"
                                     "# a comment\n"
                                     "\n"
                                     "get dir.file " +
                                     (local / "out") +
                                     "\n"
                                     "exec -- wc -c dir.file\n"
                                     "exit\n"
                                     "exec echo never\n");
    BOOST_TEST(r.exit_code == 0);
    BOOST_TEST(r.out == "a line\n7 dir.file\n");
    BOOST_TEST(read_file(local / "out") == "a line\n");
    BOOST_TEST(!contains(r.err, "tug>")); // no prompt off a terminal
}

BOOST_AUTO_TEST_CASE(words_that_are_a_commands_own) {
    write_file(in_root("a.txt"), "");
    write_file(in_root("b"), "");
    const auto r = tug({"repl"}, "find . -name '*.txt'\n"
                                 "chmod u+x b\n"
                                 "chmod -x b\n"
                                 "ls -l b\n");
    BOOST_TEST(r.exit_code == 0, r.err);
    BOOST_TEST(r.out.starts_with("./a.txt\n-rw-r--r--"), r.out);
}

BOOST_AUTO_TEST_CASE(put_and_get_without_the_other_end) {
    write_file(local / "one", "1");
    std::filesystem::create_directory(in_root("d"));
    write_file(in_root("d/two"), "2");
    const auto r = run({"/bin/sh", "-c", "cd \"$1\" && exec \"$4\" --key-file \"$2\" repl \"unix:$3\"", "sh",
                        local.path(), keys, socket, bin_dir() + "/tug"},
                       "cd d\nput one\nget two\n");
    BOOST_TEST(r.exit_code == 0, r.err);
    BOOST_TEST(read_file(in_root("d/one")) == "1");
    BOOST_TEST(read_file(local / "two") == "2");
}

BOOST_AUTO_TEST_CASE(the_host_may_be_typed) {
    const auto r = run({"tug", "--key-file", keys, "repl", "unix:" + socket}, "put " + keys + " :k\nget k -\n");
    BOOST_TEST(r.exit_code == 0, r.err);
    BOOST_TEST(r.out == read_file(keys));
}

BOOST_AUTO_TEST_CASE(it_is_one_connection) {
    // The parent of what runs is the same tugd anyway; the log has one login for each connection.
    BOOST_TEST(tug({"repl"}, "exec true\nexec true\nexec true\n").exit_code == 0);
    BOOST_TEST(daemon.stop() == 0);
    const auto log = daemon.log();
    std::size_t logins = 0;
    for (auto at = log.find("login"); at != std::string::npos; at = log.find("login", at + 1)) ++logins;
    BOOST_TEST(logins == 1U, log);
}

BOOST_AUTO_TEST_CASE(errors_do_not_end_it) {
    const auto r = tug({"repl"}, "bogus\n"
                                 "exec\n"
                                 "exec 'open\n"
                                 "get nowhere -\n"
                                 "exec no-such-program-anywhere\n"
                                 "exec -i cat\n"
                                 "put - x\n"
                                 "exec echo still here\n");
    BOOST_TEST(r.out == "still here\n");
    BOOST_TEST(r.exit_code == 0); // as its last line
    for (const auto* const part :
         {"bogus", "no command", "not closed", "not_found", "exec_not_found", "standard input"})
        BOOST_TEST(contains(r.err, part), "'" << part << "' is not in: " << r.err);
}

BOOST_AUTO_TEST_CASE(words_are_quoted_as_in_a_shell) {
    const auto r = tug({"repl"}, R"(exec printf '<%s>' 'a b' "c \"d\" $x" e\ f '' "it's" -n # gone)"
                                 "\n");
    BOOST_TEST(r.out == R"(<a b><c "d" $x><e f><><it's><-n>)");
}

BOOST_AUTO_TEST_CASE(flags_of_the_commands_work) {
    const auto r = tug({"repl"}, "exec -e A=1 --timeout 30 sh -c 'echo $A'\n"
                                 "exec --shell 'echo shell | cat'\n"
                                 "exec --json true\n");
    BOOST_TEST(contains(r.out, "1\nshell\n"));
    BOOST_TEST(contains(r.out, "\"reason\":\"exited\""));
}

BOOST_AUTO_TEST_CASE(flags_of_tug_go_over_the_environment_in_every_line) {
    const auto r =
        tug({"--json", "--timeout", "0.3", "repl"}, "exec sleep 600\n", {{"TUG_JSON", "0"}, {"TUG_TIMEOUT", "600"}});
    BOOST_TEST(r.exit_code == 1);
    BOOST_TEST(json_of(r).at("reason").as_string() == "timed_out");
}

BOOST_AUTO_TEST_CASE(the_environment_holds_for_every_line) {
    const auto r = tug({"repl"}, "exec sh -c 'printf $A'\n", {{"TUG_JSON", "1"}, {"TUG_ENV", "A=1"}});
    BOOST_TEST(r.exit_code == 0);
    BOOST_TEST(json_of(r).at("stdout").at("text").as_string() == "1");
    // What the line says goes over it.
    check_output(tug({"repl"}, "exec --json=false echo plain\n", {{"TUG_JSON", "1"}}), "plain\n");
}

BOOST_AUTO_TEST_CASE(input_that_cannot_be_read_is_an_error) {
    const int in = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    auto p = start_tug({"repl"}, {}, {.in = in});
    ::close(in);
    const int code = p.wait();
    check_failed({code, "", p.err()}, 1, "Is a directory");
    check_failed(tug({"repl"}, std::string(1024 * 1024 + 1, 'x')), 1, "1 MiB");
}

BOOST_AUTO_TEST_CASE(the_last_line_counts_off_a_terminal) {
    const auto r = tug({"repl"}, "exec sh -c 'exit 3'");
    BOOST_TEST(r.exit_code == 1);
    BOOST_TEST(contains(r.err, "[exit 3]"));
    BOOST_TEST(tug({"repl"}, "").exit_code == 0);
    BOOST_TEST(tug({"repl"}, "exec false\nquit\n").exit_code == 1);
}

BOOST_AUTO_TEST_CASE(it_needs_a_tugd) {
    check_failed(tug({"repl", "127.0.0.1:1"}), 1, "connect_failed");
    check_failed(run({"tug", "repl"}), 2, "TUG_ADDRESS");
}

BOOST_AUTO_TEST_SUITE_END()
