// Jobs outlive their connection and their tugd: the real binary, killed at any moment.

#include "support/job_host.hpp"
#include "support/proc.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>
#include <sstream>
#include <string>

namespace fs = std::filesystem;

namespace tug::test {

namespace {

using boost::json::array;
using boost::json::object;

/// Lines with the numbers from 1 on.
std::string numbers(int last) {
    std::string out;
    for (int n = 1; n <= last; ++n) out += std::to_string(n) + "\n";
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tugd_jobs)

BOOST_AUTO_TEST_CASE(a_name_runs_once) {
    job_host h;
    const auto marker = h.tugd().in_root("ran");
    const auto script = "echo x >> " + marker + "; echo out; echo err >&2; exit 7";
    BOOST_TEST(h.begin("once", script).at("new").as_bool());
    for (int n = 0; n < 3; ++n) BOOST_TEST(!h.begin("once", script).at("new").as_bool());
    auto client = h.connect();
    const auto id = client.call("job.attach", on("once"));
    BOOST_TEST(client.wait(id).at("exit_code") == "7");
    BOOST_TEST(client.output(id, "stdout") == "out\n");
    BOOST_TEST(client.output(id, "stderr") == "err\n");
    BOOST_TEST(!h.begin("once", script).at("new").as_bool()); // also after its end
    BOOST_TEST(read_file(marker) == "x\n");
    const object other{{"job", "once"}, {"argv", array{"true"}}};
    BOOST_TEST(client.ask("job.start", other).error() == "already_exists");
    BOOST_TEST(client.ask("job.remove", on("once")).error() == "");
    BOOST_TEST(client.ask("job.status", on("once")).error() == "not_found");
}

BOOST_AUTO_TEST_CASE(a_program_that_is_not_there_leaves_no_job) {
    const job_host h;
    auto client = h.connect();
    const object nowhere{{"job", "n"}, {"argv", array{"/nowhere"}}};
    BOOST_TEST(client.ask("job.start", nowhere).error() == "exec_not_found");
    BOOST_TEST(client.ask("job.status", on("n")).error() == "not_found");
    BOOST_TEST(client.ask("job.start", object{{"job", "../n"}, {"argv", array{"true"}}}).data("field") == "\"job\"");
}

/// tugd is killed while the job prints and reads: no byte twice, none missing, and it ran once.
BOOST_AUTO_TEST_CASE(a_killed_tugd_costs_no_byte) {
    constexpr int last = 2000;
    constexpr int kills = 6;
    job_host h;
    const object with_stdin{{"stdin", true}};
    h.begin("echo", "while read n; do echo $n; done; exit 5", with_stdin);
    const auto all = numbers(last);
    std::string seen;
    for (int round = 0; round < kills; ++round) {
        auto client = h.connect();
        const auto taken = client.ask("job.status", on("echo")).result().at("stdin_bytes").to_number<std::size_t>();
        // A little of what the job has already comes again: it knows by the position.
        const auto from = taken - std::min<std::size_t>(taken, 10);
        const auto end = std::min(all.size(), all.size() * static_cast<std::size_t>(round + 1) / kills);
        const object attach{{"job", "echo"}, {"stdout", seen.size()}, {"stdin", from}, {"take_over", true}};
        const auto id = client.call("job.attach", attach);
        const bool final_round = round + 1 == kills;
        static_cast<void>(client.write(id, "stdin", all.substr(from, end - from), final_round));
        if (final_round) {
            BOOST_TEST(client.wait(id).at("exit_code") == "5");
        } else {
            // Cut somewhere in the middle of what comes.
            const auto wanted = seen.size() + (end - seen.size()) / 2;
            BOOST_TEST(eventually([&] {
                auto other = h.connect();
                const auto& out = other.ask("job.status", on("echo")).result().at("stdout").as_object();
                return out.at("bytes").to_number<std::size_t>() >= wanted;
            }));
            static_cast<void>(client.ask("rpc.ping")); // what was sent before that is here
        }
        seen += client.output(id, "stdout");
        if (!final_round) h.kill_tugd();
    }
    BOOST_TEST(seen == all);
    auto client = h.connect();
    BOOST_TEST(client.ask("job.wait", on("echo")).at("exit_code") == "5");
}

BOOST_AUTO_TEST_CASE(a_job_that_ends_without_a_tugd_has_its_result) {
    job_host h;
    h.begin("away", "sleep 0.3; echo done; exit 3");
    h.tugd().signal(SIGKILL);
    BOOST_TEST(h.tugd().wait() == 128 + SIGKILL);
    BOOST_TEST(eventually([&] { return fs::exists(h.file("away", "result")); }));
    h.start();
    auto client = h.connect();
    const auto id = client.call("job.attach", on("away"));
    BOOST_TEST(client.wait(id).at("exit_code") == "3");
    BOOST_TEST(client.output(id, "stdout") == "done\n");
}

/// As where a directory is put back from a copy while tugd looks at it.
BOOST_AUTO_TEST_CASE(a_result_says_more_than_that_there_was_none) {
    job_host h;
    h.begin("done", "exit 4");
    BOOST_TEST(h.connect().ask("job.wait", on("done")).at("exit_code") == "4");
    write_file(h.file("done", "lost"), R"({"ended_ms":1})");
    h.kill_tugd();
    BOOST_TEST(h.connect().ask("job.wait", on("done")).at("exit_code") == "4");
}

BOOST_AUTO_TEST_CASE(a_listing_follows_its_jobs) {
    job_host h;
    h.begin("a", "exec sleep 1000");
    auto client = h.connect();
    const auto states = [&] {
        const auto id = client.call("job.list");
        static_cast<void>(client.wait(id));
        std::istringstream lines(client.output(id, "jobs"));
        std::string out;
        for (std::string line; std::getline(lines, line);)
            out.append(boost::json::parse(line).at("state").as_string()).append(" ");
        return out;
    };
    BOOST_TEST(states() == "running ");
    BOOST_TEST(client.ask("job.cancel", on("a")).error() == "");
    h.begin("b", "exec sleep 1000");
    for (int n = 0; n < 2; ++n) BOOST_TEST(states() == "ended running ");
    BOOST_TEST(client.ask("job.remove", on("a")).error() == "");
    BOOST_TEST(states() == "running ");
}

BOOST_AUTO_TEST_CASE(what_is_dropped_is_told_by_its_position) {
    job_host h;
    const object small{{"keep_bytes", 65536}};
    h.begin("big", "head -c 1000000 /dev/zero", small);
    auto client = h.connect();
    BOOST_TEST(client.ask("job.wait", on("big")).at("exit_code") == "0");
    const auto out = client.ask("job.status", on("big")).result().at("stdout").as_object();
    BOOST_TEST(out.at("bytes").to_number<int>() == 1000000);
    const auto kept_from = out.at("kept_from").to_number<int>();
    BOOST_TEST(kept_from >= 1000000 - 65536);
    const auto& refused = client.ask("job.attach", object{{"job", "big"}, {"stdout", 0}});
    BOOST_TEST(refused.error() == "range_invalid");
    BOOST_TEST(refused.data("kept_from") == std::to_string(kept_from));
    const auto id = client.call("job.attach", on("big"));
    BOOST_TEST(client.wait(id).error() == "");
    BOOST_TEST(client.output(id, "stdout").size() == static_cast<std::size_t>(1000000 - kept_from));
}

BOOST_AUTO_TEST_CASE(one_attachment_writes_stdin) {
    job_host h;
    const object with_stdin{{"stdin", true}};
    h.begin("cat", "cat", with_stdin);
    auto first = h.connect();
    const object writes{{"job", "cat"}, {"stdin", true}};
    const auto a = first.call("job.attach", writes);
    static_cast<void>(first.write(a, "stdin", "one ", false));
    auto second = h.connect();
    BOOST_TEST(eventually([&] { return second.ask("job.status", on("cat")).at("stdin_bytes") == "4"; }));
    BOOST_TEST(second.ask("job.attach", writes).error() == "busy");
    const object takes{{"job", "cat"}, {"stdin", true}, {"take_over", true}};
    const auto b = second.call("job.attach", takes);
    BOOST_TEST(first.wait(a).error() == "busy");
    static_cast<void>(second.write(b, "stdin", "two", true));
    BOOST_TEST(second.wait(b).at("exit_code") == "0");
    BOOST_TEST(second.output(b, "stdout") == "one two");
    const object behind{{"job", "cat"}, {"stdin", 100}};
    BOOST_TEST(second.ask("job.attach", behind).error() == ""); // it has ended: nothing is written any more
}

BOOST_AUTO_TEST_CASE(an_eof_that_is_repeated_ends_one_reader) {
    job_host h;
    const auto ready = h.tugd().in_root("ready");
    const auto first = h.tugd().in_root("first");
    const object in_terminal{{"stdin", true}, {"pty", object{{"rows", 24}, {"cols", 80}}}};
    h.begin("typed", "touch " + ready + "; cat; touch " + first + "; read x; echo got $x", in_terminal);
    BOOST_TEST(eventually([&] { return fs::exists(ready); }));
    auto client = h.connect();
    const object writes{{"job", "typed"}, {"stdin", 0}, {"take_over", true}};
    const auto a = client.call("job.attach", writes);
    static_cast<void>(client.write(a, "stdin", ""));
    BOOST_TEST(eventually([&] { return fs::exists(first); }));
    const auto b = client.call("job.attach", writes);
    static_cast<void>(client.write(b, "stdin", ""));
    static_cast<void>(client.wait(a));
    const auto c = client.call("job.attach", writes);
    static_cast<void>(client.write(c, "stdin", "it\n", false));
    static_cast<void>(client.wait(c));
    BOOST_TEST(client.output(c, "stdout").find("got it") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_stranger_sees_no_job) {
    job_host h({}, true);
    write_key_file(h.tugd().key_file(), key_line(test_key_id, test_key()) + key_line("other", other_key()));
    h.begin("mine", "exec sleep 1000");
    h.tugd().signal(SIGHUP);
    BOOST_TEST(eventually([&] { return h.tugd().log().find("keys_reloaded") != std::string::npos; }));
    wire_client stranger(h.tugd().address());
    stranger.hello();
    static_cast<void>(stranger.authenticate("other", other_key()).result());
    for (const auto* method : {"job.status", "job.wait", "job.attach", "job.cancel", "job.remove"})
        BOOST_TEST(stranger.ask(method, on("mine")).error() == "not_found", method);
    BOOST_TEST(stranger.ask("job.list").at("jobs") == "0");
    const object same_name{{"job", "mine"}, {"argv", array{"true"}}};
    BOOST_TEST(stranger.ask("job.start", same_name).at("new") == "true"); // names are each key's own
}

BOOST_AUTO_TEST_CASE(limits_have_names) {
    job_host h({"--max-jobs", "1", "--max-kept-jobs", "2"});
    h.begin("a", "exec sleep 1000");
    auto client = h.connect();
    const object second{{"job", "b"}, {"argv", array{"true"}}};
    BOOST_TEST(client.ask("job.start", second).error() == "busy");
    BOOST_TEST(client.ask("job.cancel", on("a")).error() == "");
    BOOST_TEST(client.ask("job.start", second).error() == "");
    BOOST_TEST(client.ask("job.wait", on("b")).error() == "");
    const object third{{"job", "c"}, {"argv", array{"true"}}};
    BOOST_TEST(client.ask("job.start", third).error() == "busy");
    BOOST_TEST(client.ask("job.remove", on("a")).error() == "");
    BOOST_TEST(client.ask("job.start", third).error() == "");
}

BOOST_AUTO_TEST_CASE(without_a_state_directory_there_are_no_jobs) {
    const tugd_under_test tugd;
    BOOST_TEST(tugd.connect().ask("job.start", object{{"argv", array{"true"}}}).error() == "unsupported");
    BOOST_TEST(tugd.connect().ask("job.list").error() == "unsupported");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
