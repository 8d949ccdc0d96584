#include "cli/commands/info_text.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

namespace {

using namespace tug;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(cli_info_text)

BOOST_AUTO_TEST_CASE(durations_have_two_units) {
    const auto text = [](std::chrono::milliseconds t) { return cli::duration_text(t); };
    BOOST_TEST(text(0ms) == "0 s");
    BOOST_TEST(text(59'999ms) == "59 s");
    BOOST_TEST(text(60s) == "1 min");
    BOOST_TEST(text(61s) == "1 min 1 s");
    BOOST_TEST(text(3h + 5s) == "3 h");
    BOOST_TEST(text(3h + 7min + 5s) == "3 h 7 min");
    BOOST_TEST(text(76h) == "3 d 4 h");
}

server_info sample() {
    server_info info;
    info.server = "tug/0.1.0";
    info.hostname = "build\x1b[2J";
    info.uptime = 61s;
    info.cores = 4;
    info.load = {0.5, 1.25, 0};
    info.root = {"", true, 2048, 1024, 0, 0};
    info.commands = {3, 256};
    info.user = "tug";
    info.containment = "cgroup";
    info.cgroups = true;
    info.limits = {{"max_commands", 256}};
    return info;
}

BOOST_AUTO_TEST_CASE(for_a_person) {
    const auto text = cli::info_text(sample(), false);
    const auto has = [&](const std::string& line) { return text.find(line + "\n") != std::string::npos; };
    BOOST_TEST(has("     Server: tug/0.1.0, up 1 min 1 s"), text);
    BOOST_TEST(has("       Load: 0.50 1.25 0.00, 4 cores"), text);
    BOOST_TEST(has("   Commands: 3 of 256 run, as tug, each in a cgroup"), text);
    BOOST_TEST(text.find('\x1b') == std::string::npos);
    BOOST_TEST(text.find("Jobs") == std::string::npos);
    BOOST_TEST(text.find("max_commands") == std::string::npos);
    BOOST_TEST(cli::info_text(sample(), true).find("      Limit: max_commands 256\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_certificate_and_rules) {
    auto info = sample();
    info.time = std::chrono::system_clock::time_point(1'800'000'000s);
    info.certificate_ends = info.time + 76h;
    info.rules = {"root", "argv0=git"};
    const auto text = cli::info_text(info, false);
    BOOST_TEST(text.find("Certificate: ends in 3 d 4 h\n") != std::string::npos, text);
    BOOST_TEST(text.find("       Rule: argv0=git of this key\n") != std::string::npos, text);
    BOOST_TEST(cli::to_json(info).at("certificate_ends_ms").as_int64() == 1'800'273'600'000);
    info.certificate_ends = info.time;
    BOOST_TEST(cli::info_text(info, false).find("Certificate: has ended\n") != std::string::npos);
    BOOST_TEST(!cli::to_json(sample()).contains("certificate_ends_ms"));
}

BOOST_AUTO_TEST_CASE(a_root_that_cannot_be_used) {
    auto info = sample();
    info.root.error = "ENOENT";
    BOOST_TEST(cli::info_text(info, false).find("cannot be used (ENOENT)") != std::string::npos);
    BOOST_TEST(boost::json::serialize(cli::to_json(info).at("root")) == R"({"error":"ENOENT"})");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
