#include "help.hpp"

#include "cli/local/report.hpp"
#include "command_words.hpp"
#include "examples.hpp"
#include "options.hpp"
#include "usage_error.hpp"

#include <tug/error_table.hpp>

#include <algorithm>
#include <string_view>

namespace tug::cli {

namespace {

constexpr auto help_footer = "\n`tug help COMMAND` shows examples, `tug help errors` explains errors.\n";

std::string padded(std::string_view text, std::size_t width) {
    std::string out(text);
    return out.append(std::max(width, out.size() + 1) - out.size(), ' ');
}

std::string examples_of(const std::string& command) {
    std::size_t width = 0;
    for (const auto& e : examples())
        if (e.command == command) width = std::max(width, e.line.size() + 2);
    std::string out;
    for (const auto& e : examples())
        if (e.command == command) out.append("  ").append(padded(e.line, width)).append(e.what).append("\n");
    return out.empty() ? out : "Examples:\n" + out + "\n";
}

std::string help_of(std::vector<std::string> words) {
    words.emplace_back("--help");
    const auto o = parse_command_line(words);
    return examples_of(o.command) + o.help;
}

std::string list_of_errors() {
    std::string out;
    for (const auto code : all_errors()) out += padded(name_of(code), 24) + std::string(meaning_of(code)) + "\n";
    return out + "\n`tug help errors NAME` says what to do.\n";
}

std::string explained(const std::string& name) {
    const auto all = all_errors();
    const auto at = std::ranges::find(all, name, [](errc code) { return name_of(code); });
    if (at == all.end()) throw usage_error("there is no error " + quoted_name(name), "see `tug help errors`");
    std::string out = name;
    if (static_cast<int>(*at) < 0) out += " (" + std::to_string(static_cast<int>(*at)) + ")";
    out.append("\n  ").append(meaning_of(*at)).append("\n  Remedy: ").append(remedy(*at)).append("\n");
    for (const auto& [os_error, what] : special_remedies_of(*at))
        out.append("  ").append(os_error).append(": ").append(what).append("\n");
    if (retryable(*at)) out += "  The same may succeed later without any change.\n";
    return out;
}

} // namespace

std::string help_text(const std::vector<std::string>& words) {
    if (words.empty()) return help_of({}) + help_footer;
    const auto& name = words.front();
    if (name != "errors" && name != "job" && name != "logs" && !is_command(name))
        throw usage_error("there is no command " + quoted_name(name), "see `tug --help`");
    if (name != "errors") return help_of(words);
    if (words.size() > 2) throw usage_error("more than one error is named", "name one");
    return words.size() == 1 ? list_of_errors() : explained(words.back());
}

} // namespace tug::cli
