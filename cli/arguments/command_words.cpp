#include "command_words.hpp"

#include "cli/hosts/host_config.hpp"
#include "cli/local/report.hpp"
#include "job_flags.hpp"
#include "nearest.hpp"
#include "options.hpp"
#include "path_options.hpp"
#include "tls_flags.hpp"
#include "usage_error.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>
#include <vector>

namespace tug::cli {

namespace {

constexpr auto other_command_list = std::to_array<std::string_view>(
    {"exec",   "shell", "run",   "put",   "get",    "cp",       "sync", "info", "top",     "audit",   "ping",
     "keygen", "repl",  "hosts", "login", "doctor", "discover", "rsh",  "mcp",  "console", "forward", "queue"});

/// The command that a word most likely means; empty where it is none with a slip.
std::string meant_by(std::string_view word) {
    std::vector<std::string_view> known(other_command_list.begin(), other_command_list.end());
    for (const auto& c : path_commands()) known.emplace_back(c.name);
    for (const auto* name : {"job", "logs", "help"}) known.emplace_back(name);
    return mistyped(word, known);
}

/// The file of --config, which is read by the parser later on.
std::optional<std::string> config_file(const words& given) {
    constexpr std::string_view flag = "--config";
    for (std::size_t i = 0; i < command_at(given); ++i) {
        if (given[i] == flag) return given[i + 1];
        if (given[i].starts_with(std::string(flag) + "=")) return given[i].substr(flag.size() + 1);
    }
    return environment("TUG_CLIENT_CONFIG");
}

void refuse_mistyped(const words& given, const std::string& word) {
    const auto meant = meant_by(word);
    if (meant.empty()) return;
    const auto known = host_config::load(config_file(given));
    if (std::ranges::find(known.names(), word) != known.names().end()) return;
    throw usage_error("there is no command " + quoted_name(word),
                      "do you mean `tug " + meant + "`? On a host of that name a command is run by `tug exec`");
}

/// `tug job ls` as the command job-ls.
void join_job_word(words& given, words::iterator place) {
    const auto what = std::next(place);
    if (what == given.end()) throw usage_error("what is to be done with a job is missing", "see `tug job --help`");
    if (!is_job_command("job-" + *what)) {
        std::string all = "start";
        for (const auto& c : job_commands()) all.append(", ").append(std::string_view(c.name).substr(4));
        throw usage_error("there is no `tug job " + printable(*what) + "`", "write one of " + all);
    }
    *place = "job-" + *what;
    given.erase(what);
}

} // namespace

std::span<const std::string_view> other_commands() {
    return other_command_list;
}

bool is_command(std::string_view word) {
    return std::ranges::find(other_command_list, word) != other_command_list.end() || is_path_command(word) ||
           is_job_command(word);
}

std::size_t command_at(const words& given) {
    constexpr std::string_view with_value[] = {"--unix",          "-P",    "--port",    "--key-file",
                                               "--key-file-mode", "--key", "--timeout", "--max-window",
                                               "--config",        "-J",    "--jump"};
    for (std::size_t i = 0; i < given.size(); ++i) {
        const std::string_view word = given[i];
        if (word == "-" || word == "--" || !word.starts_with('-')) return i;
        if (std::find(std::begin(with_value), std::end(with_value), word) != std::end(with_value) ||
            std::find(tls_value_flags.begin(), tls_value_flags.end(), word) != tls_value_flags.end())
            ++i;
    }
    return given.size();
}

words with_command(words given) {
    const auto at = command_at(given);
    if (at == given.size()) return given;
    const auto place = given.begin() + static_cast<std::ptrdiff_t>(at);
    const bool last = at + 1 == given.size();
    if (*place == "logs") {
        *place = "job-logs";
    } else if (*place == "job") {
        join_job_word(given, place);
    } else if (!is_command(*place) && !place->starts_with('-')) {
        if (!last) refuse_mistyped(given, *place);
        const bool help = at + 2 == given.size() && (place[1] == "--help" || place[1] == "-h");
        if (help) *place = "shell"; // without the host
        if (!help) given.insert(place, last ? "shell" : "rsh");
    }
    return given;
}

std::string command_of(const words& given) {
    const auto at = command_at(given);
    if (at == given.size()) return "";
    if (is_command(given[at])) return given[at];
    if (at + 1 == given.size()) return "shell";
    const bool other = given[at] == "job" || given[at] == "logs" || !meant_by(given[at]).empty();
    return other ? given[at] : "rsh";
}

bool asks_for_job_help(const words& given) {
    const auto at = command_at(given);
    return at + 2 == given.size() && given[at] == "job" && (given[at + 1] == "--help" || given[at + 1] == "-h");
}

} // namespace tug::cli
