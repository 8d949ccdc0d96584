#include "cli/local/terminal_escapes.hpp"

#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tug::cli {

namespace {

/// What became of typed text: what went to the host, with each escape as a word in brackets in its place.
std::string name_of(escape what) {
    switch (what) {
    case escape::none: return "";
    case escape::leave: return "[leave]";
    case escape::suspend: return "[suspend]";
    case escape::help: return "[help]";
    case escape::detach: return "[detach]";
    }
    return "[?]";
}

std::string result_of(terminal_escapes& e, std::string_view piece) {
    std::string out;
    while (!piece.empty()) {
        std::string forward;
        const auto taken = e.take(piece, forward);
        BOOST_REQUIRE(taken.bytes > 0);
        piece.remove_prefix(taken.bytes);
        out += forward + name_of(taken.what);
    }
    return out;
}

/// Typed at once, byte by byte, and in two pieces at every place: always the same.
void check(const terminal_escapes& e, const std::string& typed, const std::string& expected) {
    auto whole = e;
    BOOST_TEST(result_of(whole, typed) == expected);
    auto single = e;
    std::string out;
    for (const char c : typed) out += result_of(single, std::string_view(&c, 1));
    BOOST_TEST(out == expected);
    for (std::size_t at = 0; at <= typed.size(); ++at) {
        auto split = e;
        const auto first = result_of(split, std::string_view(typed).substr(0, at));
        BOOST_TEST(first + result_of(split, std::string_view(typed).substr(at)) == expected, "split at " << at);
    }
}

const terminal_escapes usual(terminal_escapes::usual);
const terminal_escapes in_job(terminal_escapes::usual, escape_meaning::of_job);

} // namespace

BOOST_AUTO_TEST_SUITE(terminal_escapes_test)

BOOST_AUTO_TEST_CASE(each_escape_at_the_start_and_behind_a_line_end) {
    const std::vector<std::pair<std::string, std::string>> all{
        {"~.", "[leave]"}, {"~\x1a", "[suspend]"}, {"~?", "[help]"}, {"~~", "~"}};
    for (const auto& [typed, expected] : all) {
        check(usual, typed, expected);
        check(usual, "ls\r" + typed + "x", "ls\r" + expected + "x");
        check(usual, "ls\n" + typed + "x", "ls\n" + expected + "x");
    }
}

BOOST_AUTO_TEST_CASE(within_a_line_nothing_is_an_escape) {
    check(usual, "a~.b~?~~\x1a", "a~.b~?~~\x1a");
    check(usual, "cd ~\rls ~.\r", "cd ~\rls ~.\r");
}

BOOST_AUTO_TEST_CASE(the_character_before_something_else_is_passed_on) {
    check(usual, "~/bin/x\r", "~/bin/x\r");
    check(usual, "\r~\r~.", "\r~\r[leave]"); // its line ended: the next one may begin with an escape
    check(usual, "~~.", "~.");               // the first two are one that was typed
    check(usual, "~a~.", "~a~.");
}

BOOST_AUTO_TEST_CASE(one_escape_may_follow_another) {
    check(usual, "~?~?~.", "[help][help][leave]");
    check(usual, "~?x~.", "[help]x~.");
}

BOOST_AUTO_TEST_CASE(detaching_is_of_jobs_alone) {
    check(usual, "~d", "~d");
    check(in_job, "~d", "[detach]");
    BOOST_TEST(usual.help().find("detach") == std::string::npos);
    BOOST_TEST(in_job.help().find("~d") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(another_character_or_none) {
    const terminal_escapes bracket(static_cast<char>(']' & 0x1f));
    check(bracket, "~.\r\x1d.", "~.\r[leave]");
    BOOST_TEST(bracket.help().find("^]?") != std::string::npos);
    BOOST_TEST(bracket.help().find('\x1d') == std::string::npos); // what is shown is no order to a terminal
    check(terminal_escapes(std::nullopt), "~.\r~.\r~?", "~.\r~.\r~?");
    check(terminal_escapes('.'), "..\r.?", ".\r[help]");
}

BOOST_AUTO_TEST_CASE(bytes_of_all_values_pass) {
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    check(usual, "x" + all, "x" + all);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::cli
