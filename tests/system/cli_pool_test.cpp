// `pool:` hosts: one of many real tugd does what is asked.

#include "support/cli_checks.hpp"
#include "support/temp_dir.hpp"
#include "support/tugd_process.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <deque>
#include <filesystem>
#include <string>
#include <vector>

using namespace tug::test;

namespace {

/// Hosts, in whose root a file `name` holds their number; with a configuration that has them as web0, web1, … and as
/// the group `web`.
class farm {
public:
    explicit farm(int size) {
        std::string text;
        for (int i = 0; i < size; ++i) {
            const auto number = std::to_string(i);
            std::filesystem::create_directory(dir / ("root" + number));
            write_file(in_root(i, "name"), number);
            hosts_.emplace_back(std::vector<std::string>{"--listen", "127.0.0.1:0", "--root", dir / ("root" + number),
                                                         "--no-auth", "--state-dir", dir / ("state" + number)});
            text += "host web" + number + "\n    address " + hosts_.back().address() + "\n";
        }
        config_ = dir / "config";
        write_file(config_, text + "group web web*\n");
        std::filesystem::permissions(config_, std::filesystem::perms(0600));
    }

    ~farm() {
        if (hung_ != nullptr) hung_->it().signal(SIGCONT);
    }

    farm(const farm&) = delete;
    farm& operator=(const farm&) = delete;

    [[nodiscard]] tugd_process& host(std::size_t i) { return hosts_.at(i); }

    /// One accepts connections from now on, and says nothing.
    void hang(std::size_t i) {
        hung_ = &hosts_.at(i);
        hung_->it().signal(SIGSTOP);
    }

    [[nodiscard]] std::string in_root(std::size_t i, std::string_view name) const {
        return dir / ("root" + std::to_string(i) + "/" + std::string(name));
    }

    /// How many hosts have that file.
    [[nodiscard]] int count(std::string_view name) const {
        int out = 0;
        for (std::size_t i = 0; i < hosts_.size(); ++i) out += std::filesystem::exists(in_root(i, name)) ? 1 : 0;
        return out;
    }

    [[nodiscard]] run_result tug(std::vector<std::string> words) const {
        words.insert(words.begin(), "tug");
        return run(std::move(words), {}, {{"TUG_CLIENT_CONFIG", config_}});
    }

    temp_dir dir;

private:
    std::deque<tugd_process> hosts_;
    tugd_process* hung_ = nullptr;
    std::string config_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(cli_pool_test)

BOOST_AUTO_TEST_CASE(a_host_that_is_well_does_it) {
    farm all(4);
    all.host(0).stop();
    all.hang(1);
    for (int i = 0; i < 8; ++i) {
        const auto r = all.tug({"exec", "pool:web", "--", "cat", "name"});
        BOOST_TEST(r.exit_code == 0, r.err);
        BOOST_TEST((r.out == "2" || r.out == "3"), r.out);
    }
    const auto list = all.host(0).address() + "," + all.host(3).address();
    BOOST_TEST(run({"tug", "exec", "pool:" + list, "--", "cat", "name"}).out == "3");
    BOOST_TEST(all.tug({"exec", "pool:web[0,2]", "--", "cat", "name"}).out == "2");
    BOOST_TEST(contains(all.tug({"exec", "-v", "pool:web[0,2]", "true"}).err, "on " + all.host(2).address()));
    const auto ping = all.tug({"ping", "pool:web"});
    BOOST_TEST(ping.exit_code == 0, ping.err);
    const auto none = all.tug({"exec", "--timeout", "1", "pool:web0,web0", "--", "true"});
    check_failed(none, 125, "connect_failed");
}

BOOST_AUTO_TEST_CASE(of_two_the_less_busy_does_it) {
    farm all(2);
    std::vector<program> others;
    for (int i = 0; i < 24; ++i) { // more than the round trips of two hosts on one machine differ
        others.emplace_back(std::vector<std::string>{"tug", "exec", all.host(1).address(), "--", "sh", "-c",
                                                     "echo begun; exec sleep 1000"});
        BOOST_TEST(others.back().read_line() == "begun");
    }
    for (int i = 0; i < 6; ++i) check_output(all.tug({"exec", "pool:web", "--", "cat", "name"}), "0");
}

BOOST_AUTO_TEST_CASE(a_name_is_all_that_it_resolves_to) {
    farm all(1);
    const auto r = run({"tug", "exec", "-P", all.host(0).port(), "pool:localhost", "--", "cat", "name"});
    BOOST_TEST(r.exit_code == 0, r.err);
    BOOST_TEST(r.out == "0");
    const auto typed = run({"tug", "exec", "pool:localhost:" + all.host(0).port(), "--", "cat", "name"});
    BOOST_TEST(typed.out == "0", typed.err);
}

BOOST_AUTO_TEST_CASE(files_go_to_one_and_come_from_one) {
    farm all(3);
    write_file(all.dir / "f", "content");
    const auto put = all.tug({"put", all.dir / "f", "pool:web:/put"});
    BOOST_TEST(put.exit_code == 0, put.err);
    BOOST_TEST(all.count("put") == 1);
    const auto got = all.tug({"get", "pool:web:name", "-"});
    BOOST_TEST((got.out == "0" || got.out == "1" || got.out == "2"), got.err);
    const auto stat = all.tug({"stat", "pool:web1,web2:/name"});
    BOOST_TEST(stat.exit_code == 0, stat.err);
    const auto copy = all.tug({"cp", all.dir / "f", "pool:web:/"});
    BOOST_TEST(copy.exit_code == 0, copy.err);
    BOOST_TEST(all.count("f") == 1);
}

BOOST_AUTO_TEST_CASE(a_job_stays_where_its_name_belongs) {
    farm all(3);
    for (const std::string name : {"one", "two", "three", "four"}) {
        const std::vector<std::string> start{
            "job", "start", "--name", name, "pool:web", "--", "sh", "-c", "echo x >>ran-" + name + "; echo it ran"};
        BOOST_TEST(all.tug(start).out == name + "\n");
        const auto waited = all.tug({"job", "wait", "pool:web", name});
        BOOST_TEST(waited.exit_code == 0, waited.err);
        BOOST_TEST(all.tug(start).exit_code == 0); // it is there already
        BOOST_TEST(all.tug({"job", "logs", "pool:web", name}).out == "it ran\n");
        BOOST_TEST(all.count("ran-" + name) == 1);
        for (std::size_t i = 0; i < 3; ++i)
            if (std::filesystem::exists(all.in_root(i, "ran-" + name)))
                BOOST_TEST(read_file(all.in_root(i, "ran-" + name)) == "x\n");
    }
    const auto unnamed = all.tug({"job", "start", "pool:web", "--", "true"});
    BOOST_REQUIRE(unnamed.exit_code == 0);
    const auto name = unnamed.out.substr(0, unnamed.out.size() - 1);
    BOOST_TEST(all.tug({"job", "wait", "pool:web", name}).exit_code == 0);
    const auto followed = all.tug({"exec", "--reconnect", "pool:web", "--", "cat", "name"});
    BOOST_TEST(followed.exit_code == 0, followed.err);
}

BOOST_AUTO_TEST_CASE(what_is_about_a_certain_host_is_refused) {
    const farm all(1);
    const std::vector<std::vector<std::string>> bad{
        {"job", "ls", "pool:web"},          {"top", "pool:web"},     {"mcp", "pool:web"},
        {"exec", "--on", "pool:web", "ls"}, {"exec", "pool:", "ls"}, {"put", "/dev/null", "pool:web"},
        {"exec", "pool:@none", "ls"},
    };
    for (const auto& words : bad) {
        const auto r = all.tug(words);
        BOOST_TEST((r.exit_code == 2 || r.exit_code == 125), r.exit_code);
        BOOST_TEST(is_error_line(r.err), "no error line: " << r.err);
    }
}

BOOST_AUTO_TEST_SUITE_END()
