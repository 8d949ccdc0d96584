// Commands on many hosts: each is a real tugd with a root of its own.

#include "support/cli_checks.hpp"
#include "support/proc.hpp"
#include "support/temp_dir.hpp"
#include "support/tugd_process.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <deque>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

using namespace tug::test;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> out;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
}

/// So many hosts, in whose root a file `name` holds their number.
class crowd {
public:
    explicit crowd(int size, bool with_jobs = false) {
        for (int i = 0; i < size; ++i) {
            const auto root = dir / ("root" + std::to_string(i));
            std::filesystem::create_directory(root);
            write_file(root + "/name", "host " + std::to_string(i) + "\n");
            std::vector<std::string> words{"--listen", "127.0.0.1:0", "--root", root, "--no-auth"};
            if (with_jobs) words.insert(words.end(), {"--state-dir", dir / ("state" + std::to_string(i))});
            hosts_.emplace_back(std::move(words));
        }
    }

    [[nodiscard]] const std::string& host(std::size_t i) const { return hosts_.at(i).address(); }

    /// Stops one, whose address then refuses.
    void stop(std::size_t i) { hosts_.at(i).stop(); }

    [[nodiscard]] std::string in_root(std::size_t i, std::string_view name) const {
        return dir / ("root" + std::to_string(i) + "/" + std::string(name));
    }

    [[nodiscard]] std::string list() const {
        std::string out;
        for (const auto& one : hosts_) out.append(out.empty() ? "" : ",").append(one.address());
        return out;
    }

    /// `tug COMMAND --on LIST` and these words.
    [[nodiscard]] run_result tug(const std::string& command, std::vector<std::string> words,
                                 std::string_view input = {}) const {
        words.insert(words.begin(), {"tug", command, "--on", list()});
        return run(std::move(words), input);
    }

    temp_dir dir;

private:
    std::deque<tugd_process> hosts_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(cli_fan_out_test)

BOOST_AUTO_TEST_CASE(twenty_hosts_answer_each_with_its_name) {
    const crowd hosts(20);
    const auto r = hosts.tug("exec", {"--", "cat", "name"});
    BOOST_TEST(r.exit_code == 0);
    BOOST_TEST(r.err == "");
    auto lines = lines_of(r.out);
    BOOST_TEST(lines.size() == 20U);
    for (std::size_t i = 0; i < 20; ++i) {
        const auto found =
            std::ranges::find_if(lines, [&](const auto& l) { return l.starts_with(hosts.host(i) + ": "); });
        BOOST_REQUIRE((found != lines.end()));
        BOOST_TEST(found->ends_with(" host " + std::to_string(i)));
    }
}

BOOST_AUTO_TEST_CASE(streams_stay_apart_and_the_worst_code_is_told) {
    const crowd hosts(3);
    const auto r = hosts.tug("exec", {"--", "sh", "-c", "cat name; echo oops >&2; grep -q 1 name && exit 3; exit 2"});
    BOOST_TEST(r.exit_code == 3);
    BOOST_TEST(lines_of(r.out).size() == 3U);
    const auto err = lines_of(r.err);
    BOOST_TEST(std::ranges::count_if(err, [](const auto& l) { return l.ends_with(": oops"); }) == 3);
    BOOST_TEST(contains(r.err, "3 hosts: 0 succeeded, 3 failed"));
}

BOOST_AUTO_TEST_CASE(a_host_that_cannot_be_reached_is_a_row) {
    crowd hosts(3);
    hosts.stop(0);
    const auto r = hosts.tug("exec", {"--", "cat", "name"});
    BOOST_TEST(r.exit_code == 125);
    BOOST_TEST(lines_of(r.out).size() == 2U);
    BOOST_TEST(contains(r.err, "tug: " + hosts.host(0) + ": connect_failed: "));
    BOOST_TEST(contains(r.err, "3 hosts: 2 succeeded, 1 failed\n"));
    const auto fast = hosts.tug("exec", {"--fail-fast", "--parallel", "1", "--", "cat", "name"});
    BOOST_TEST(fast.exit_code == 125);
    BOOST_TEST(fast.out == "");
    BOOST_TEST(contains(fast.err, "3 hosts: 0 succeeded, 1 failed, 2 not begun\n"));
}

BOOST_AUTO_TEST_CASE(equal_outputs_are_folded_and_groups_are_together) {
    const crowd hosts(3);
    const auto folded = hosts.tug("exec", {"--fold", "--", "sh", "-c", "echo same; grep -q 2 name || echo two"});
    BOOST_TEST(folded.exit_code == 0);
    const auto both = hosts.host(0) + "," + hosts.host(1);
    BOOST_TEST(folded.out == both + ": same\n" + both + ": two\n" + hosts.host(2) + ": same\n");
    const auto grouped = hosts.tug("exec", {"--group", "--", "sh", "-c", "echo a; echo b; echo c"});
    const auto lines = lines_of(grouped.out);
    BOOST_REQUIRE(lines.size() == 9U);
    for (std::size_t i = 0; i < 9; i += 3)
        BOOST_TEST(lines[i].substr(0, lines[i].size() - 1) == lines[i + 2].substr(0, lines[i + 2].size() - 1));
}

BOOST_AUTO_TEST_CASE(json_is_a_line_for_each_line_and_each_end) {
    crowd hosts(2);
    hosts.stop(1);
    const auto r = hosts.tug("exec", {"--json", "--", "printf", "a\\n\\377"});
    std::vector<boost::json::object> objects;
    for (const auto* host : {&hosts.host(0), &hosts.host(1)})
        for (const auto& line : lines_of(r.out)) {
            const auto one = boost::json::parse(line).as_object();
            if (one.at("host").as_string() == *host) objects.push_back(one);
        }
    BOOST_REQUIRE(objects.size() == 4U);
    BOOST_TEST(objects[0].at("text") == "a");
    BOOST_TEST(objects[1].at("base64") == "/w==");
    BOOST_TEST(objects[2].at("result").at("reason") == "exited");
    BOOST_TEST(objects[3].at("error").at("name") == "connect_failed");
    BOOST_TEST(objects[3].at("exit") == 125);
}

BOOST_AUTO_TEST_CASE(batches_follow_each_other) {
    const crowd hosts(4);
    const auto r = hosts.tug("exec", {"--json", "--batch", "25%", "--", "cat", "name"});
    const auto lines = lines_of(r.out);
    BOOST_REQUIRE(lines.size() == 8U);
    for (std::size_t i = 0; i < 8; ++i) {
        BOOST_TEST(contains(lines[i], hosts.host(i / 2)));
        BOOST_TEST(contains(lines[i], i % 2 == 0 ? "\"text\"" : "\"result\""));
    }
}

BOOST_AUTO_TEST_CASE(files_go_to_all_and_come_from_all) {
    const crowd hosts(3);
    write_file(hosts.dir / "f", "content");
    std::filesystem::permissions(hosts.dir / "f", std::filesystem::perms(0741));
    const auto put = hosts.tug("put", {hosts.dir / "f", ":/in/", "--make-parents"});
    BOOST_TEST(put.exit_code == 0, put.err);
    for (std::size_t i = 0; i < 3; ++i) {
        BOOST_TEST(read_file(hosts.in_root(i, "in/f")) == "content");
        BOOST_TEST(int(std::filesystem::status(hosts.in_root(i, "in/f")).permissions()) == 0741);
    }
    const auto piped = hosts.tug("put", {"-", "/piped"}, "from a pipe");
    BOOST_TEST(piped.exit_code == 0, piped.err);
    BOOST_TEST(read_file(hosts.in_root(2, "piped")) == "from a pipe");
    const auto get = hosts.tug("get", {"name", hosts.dir / "got"});
    BOOST_TEST(get.exit_code == 0, get.err);
    for (std::size_t i = 0; i < 3; ++i)
        BOOST_TEST(read_file(hosts.dir / ("got/" + hosts.host(i) + "/name")) == "host " + std::to_string(i) + "\n");
    const auto tree = hosts.tug("get", {"in", hosts.dir / "got"});
    BOOST_TEST(tree.exit_code == 0, tree.err);
    BOOST_TEST(read_file(hosts.dir / ("got/" + hosts.host(1) + "/in/f")) == "content");
}

BOOST_AUTO_TEST_CASE(directories_are_synced_both_ways) {
    const crowd hosts(2);
    std::filesystem::create_directory(hosts.dir / "d");
    write_file(hosts.dir / "d/f", "x");
    const auto to = hosts.tug("sync", {hosts.dir / "d", ":copy"});
    BOOST_TEST(to.exit_code == 0, to.err);
    BOOST_TEST(read_file(hosts.in_root(1, "copy/f")) == "x");
    const auto from = hosts.tug("sync", {":copy", hosts.dir / "back"});
    BOOST_TEST(from.exit_code == 0, from.err);
    BOOST_TEST(read_file(hosts.dir / ("back/" + hosts.host(0) + "/f")) == "x");
}

BOOST_AUTO_TEST_CASE(a_job_starts_on_all) {
    const crowd hosts(2, true);
    const auto r = run({"tug", "job", "start", "--on", hosts.list(), "--name", "one", "--", "sh", "-c", "echo >>ran"});
    BOOST_TEST(r.exit_code == 0, r.err);
    BOOST_TEST(std::ranges::count(r.out, '\n') == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        BOOST_TEST(run({"tug", "job", "wait", hosts.host(i), "one"}).exit_code == 0);
        BOOST_TEST(read_file(hosts.in_root(i, "ran")) == "\n");
    }
}

BOOST_AUTO_TEST_CASE(a_signal_ends_the_command_on_all) {
    const crowd hosts(3);
    program p({"tug", "exec", "--on", hosts.list(), "--", "sh", "-c", "echo $$; exec sleep 1000"});
    std::vector<pid_t> pids;
    while (pids.size() < 3) {
        const auto line = p.read_line();
        pids.push_back(std::stoi(line.substr(line.rfind(' ') + 1)));
    }
    p.signal(SIGINT);
    p.wait();
    BOOST_TEST(p.ended_by() == SIGINT);
    // Each is reaped while the client reads its answer.
    for (const auto pid : pids) BOOST_TEST(eventually([&] { return ::kill(pid, 0) != 0; }));
    BOOST_TEST(contains(p.err(), "cancelled"));
}

BOOST_AUTO_TEST_CASE(groups_of_the_configuration_are_hosts) {
    const crowd hosts(2);
    const auto keys = hosts.dir / "keys";
    BOOST_TEST(run({"tug", "keygen", "k", "-o", keys}).exit_code == 0);
    const tugd_process locked({"--listen", "127.0.0.1:0", "--keys", keys, "--root", hosts.dir.path().string()});
    const auto config = hosts.dir / "config";
    write_file(config, "host web1\n    address " + hosts.host(0) + "\nhost web2\n    address " + hosts.host(1) +
                           "\nhost db\n    address " + locked.address() + "\n    key-file " + keys +
                           "\ngroup all-of-us web* db\n");
    std::filesystem::permissions(config, std::filesystem::perms(0600));
    const auto r =
        run({"tug", "exec", "--on", "@all-of-us", "--fold", "--", "echo", "x"}, {}, {{"TUG_CLIENT_CONFIG", config}});
    BOOST_TEST(r.exit_code == 0, r.err);
    BOOST_TEST(r.out == "web[1,2],db: x\n");
    const auto none = run({"tug", "exec", "--on", "@none", "--", "ls"}, {}, {{"TUG_CLIENT_CONFIG", config}});
    check_failed(none, 125, "none");
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_refused) {
    const std::vector<std::vector<std::string>> bad{
        {"exec", "--on", "", "--", "ls"},
        {"exec", "--on", "a", "-t", "--", "ls"},
        {"exec", "--on", "a", "-i", "--", "ls"},
        {"exec", "--on", "@none", "--", "ls"},
        {"exec", "--on", "a", "--batch", "0", "ls"},
        {"exec", "--on", "a", "--fold", "--json", "ls"},
        {"exec", "a", "--fail-fast", "ls"},
        {"exec", "--on", "a"},
        {"exec", "--hosts-file", "/", "--", "true"},
        {"sync", "--on", "a", "-i", "/tmp", ":c"},
        {"put", "--on", "a", "/dev/null", "b:c"},
        {"get", "--on", "a", "c", "-"},
        {"ping", "--on", "a", "b"},
        {"exec", "--hosts-file", "/none", "ls"},
    };
    for (auto words : bad) {
        words.insert(words.begin(), "tug");
        const auto r = run(words);
        BOOST_TEST(r.exit_code == (words[1] == "exec" ? 125 : 2));
        BOOST_TEST(is_error_line(r.err), "no error line: " << r.err);
        BOOST_TEST(!contains(r.err, "bug in tug"), r.err);
    }
}

BOOST_AUTO_TEST_SUITE_END()
