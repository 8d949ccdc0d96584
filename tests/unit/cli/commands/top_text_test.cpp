#include "cli/commands/top_text.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace {

using namespace tug;
using namespace std::chrono_literals;

cli::top_sample sample() {
    cli::top_sample out;
    out.info.server = "tug/0.1.0";
    out.info.hostname = "build\x1b[2J";
    out.info.uptime = 61s;
    out.info.commands = {3, 256};
    out.info.totals.calls = 100;
    out.info.totals.sent_bytes = 1'000;
    return out;
}

bool has(const std::vector<std::string>& lines, const std::string& line) {
    return std::ranges::find(lines, line) != lines.end();
}

std::string all(const std::vector<std::string>& lines) {
    std::string out;
    for (const auto& line : lines) out += line + "\n";
    return out;
}

BOOST_AUTO_TEST_SUITE(cli_top_text)

BOOST_AUTO_TEST_CASE(the_first_table_has_no_rates) {
    const auto lines = cli::top_lines(sample(), nullptr);
    BOOST_TEST(has(lines, "Commands                     3         256"), all(lines));
    BOOST_TEST(has(lines, "Calls"), all(lines));
    BOOST_TEST(all(lines).find('\x1b') == std::string::npos);
    BOOST_TEST(all(lines).find("/s") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(rates_are_by_second) {
    const auto before = sample();
    auto now = sample();
    now.at += 2s;
    now.info.totals.calls += 3;
    now.info.totals.sent_bytes += 4096;
    now.info.totals.cpu = 500ms;
    const auto lines = cli::top_lines(now, &before);
    BOOST_TEST(has(lines, "Calls                                            1.5/s"), all(lines));
    BOOST_TEST(all(lines).find("2.0K/s") != std::string::npos, all(lines));
    BOOST_TEST(all(lines).find("25.0 %") != std::string::npos, all(lines));
}

/// Its totals have begun anew.
BOOST_AUTO_TEST_CASE(a_tugd_that_was_restarted_has_no_rates) {
    const auto before = sample();
    auto now = sample();
    now.at += 2s;
    now.info.uptime = 1s;
    now.info.totals.calls = 5;
    BOOST_TEST(all(cli::top_lines(now, &before)).find("/s") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(jobs_that_run_are_listed) {
    auto now = sample();
    job_info job;
    job.name = "nightly";
    job.argv = {"make", "all\n"};
    now.jobs.push_back(job);
    const auto last = cli::top_lines(now, nullptr).back();
    BOOST_TEST(last.starts_with("nightly "), last);
    BOOST_TEST(last.find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_screen_is_not_left) {
    BOOST_TEST(cli::top_screen({"abcdef", "gh", "ij"}, 2, 4) == "\x1b[Habcd\x1b[K\r\ngh\x1b[K\x1b[J");
    BOOST_TEST(cli::top_screen({"ab\xc3\xa4"}, 2, 3) == "\x1b[Hab\x1b[K\x1b[J"); // no half of a character
    BOOST_TEST(cli::top_screen({}, 2, 4) == "\x1b[H\x1b[J");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
