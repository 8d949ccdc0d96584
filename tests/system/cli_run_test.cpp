// tug run: files there, a command, files back.

#include "support/cli_checks.hpp"
#include "support/tugd_process.hpp"

#include <filesystem>
#include <string>

using namespace tug::test;
namespace fs = std::filesystem;

BOOST_FIXTURE_TEST_SUITE(cli_run, tugd_fixture)

BOOST_AUTO_TEST_CASE(files_there_and_back) {
    write_file(local / "in", "one\ntwo\n");
    const auto r = tug({"run", "--dir", "work", "--put", (local / "in") + ":", "--get", "out:" + (local / "out"), "--",
                        "sh", "-c", "wc -l <in >out; echo said"});
    check_output(r, "said\n");
    BOOST_TEST(read_file(local / "out") == "2\n");
    BOOST_TEST(fs::is_empty(in_root(".")));
}

BOOST_AUTO_TEST_CASE(it_says_what_was_not_done) {
    write_file(local / "in", "one\n");
    const auto r =
        tug({"run", "--put", (local / "in") + ":no/such/in", "--get", "out:" + (local / "out"), "--", "touch", "ran"});
    BOOST_TEST(r.exit_code == 125);
    BOOST_TEST(contains(r.err, "no/such/in: not_found"));
    BOOST_TEST(contains(r.err, "tug: not done: the command\n"));
    BOOST_TEST(contains(r.err, "tug: not done: get out as "));
    BOOST_TEST((!fs::exists(in_root("ran")) && !fs::exists(local / "out")));
}

BOOST_AUTO_TEST_CASE(exit_codes) {
    BOOST_TEST(tug({"run", "--", "sh", "-c", "exit 7"}).exit_code == 7);
    BOOST_TEST(tug({"run", "--", "no-such-program"}).exit_code == 127);
    BOOST_TEST(tug({"run", "-i", "--", "true"}).exit_code == 125);
    BOOST_TEST(tug({"run", "--put", ":x", "--", "true"}).exit_code == 125);
    BOOST_TEST(tug({"run"}).exit_code == 125);
}

BOOST_AUTO_TEST_CASE(json) {
    const auto r = tug({"run", "--json", "--get", "nothing", "--", "echo", "hi"});
    BOOST_TEST(r.exit_code == 125);
    BOOST_TEST(r.out.find(R"("text":"hi\n")") != std::string::npos);
    BOOST_TEST(r.out.find(R"({"step":"the command","done":true})") != std::string::npos);
    BOOST_TEST(r.out.find(R"("error":"not_found"})") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
