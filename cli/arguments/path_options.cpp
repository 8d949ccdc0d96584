#include "path_options.hpp"

#include "cli/local/report.hpp"
#include "option_set.hpp"
#include "usage_error.hpp"

#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <limits>
#include <system_error>
#include <utility>

namespace tug::cli {

namespace {

constexpr auto one_path = "HOST:PATH, tug://HOST:PORT/PATH or :PATH";
constexpr auto paths = "HOST:PATH, more than one on the same host";

void add_ls(option_set& set, path_options& o) {
    set.own_flag("-l", o.long_format, "mode, links, owner, group, size and time beside each name");
    set.own_flag("-a,--all,-A", o.all, "also names that begin with a dot");
    set.own_flag("-d,--directory", o.itself, "the directory itself, not what is in it");
    set.own_flag("-R,--recursive", o.recursive, "all that is below it, a path on each line");
    set.help_by_word_alone();
    set.own_flag("-h,--human-readable", o.human, "with -l: sizes as 1.5K, 20M");
    set.own_flag("-t", o.by_time, "the newest first");
    set.own_flag("-S", o.by_size, "the largest first");
    set.own_flag("-r,--reverse", o.reversed, "the last one first");
    set.own_flag("-1", o.as_ever, "a name on each line: always so");
    set.positionals(o.paths, paths);
}

void add_stat(option_set& set, path_options& o) {
    set.positionals(o.paths, paths);
}

void add_mkdir(option_set& set, path_options& o) {
    set.own_flag("-p,--parents", o.parents, "make what is missing on the way; one that is there is right");
    set.own_value("-m,--mode", o.mode_text, "permission bits (0755)")->type_name("OCTAL");
    set.positionals(o.paths, paths);
}

void add_rm(option_set& set, path_options& o) {
    set.own_flag("-r,-R,--recursive", o.recursive, "directories with all that is in them");
    set.own_flag("-f,--force", o.force, "what is not there is no failure");
    set.positionals(o.paths, paths);
}

void add_mv(option_set& set, path_options& o) {
    set.own_flag("-n,--no-clobber", o.no_overwrite, "fail where the new name is taken");
    set.own_flag("--exchange", o.exchange, "both are there, and change places in one step");
    set.positionals(o.paths, "FROM... TO, HOST:PATH each, of one host; where TO is a directory FROM goes into it");
}

void add_ln(option_set& set, path_options& o) {
    set.own_flag("-s,--symbolic", o.symbolic, "a symlink that says TARGET, which need not exist");
    set.positionals(o.paths, "FROM and TO, HOST:PATH each, of one host; with -s: TARGET HOST:PATH");
}

void add_chmod(option_set& set, path_options& o) {
    set.own_flag("-R,--recursive", o.recursive, "all that is below a directory too, but for symlinks");
    set.positionals(o.paths, "MODE, as 644 or u+x,go-w, then HOST:PATH, more than one on the same host");
}

void add_df(option_set& set, path_options& o) {
    set.help_by_word_alone();
    set.own_flag("-h,--human-readable", o.as_ever, "sizes as 1.5K, 20M: always so");
    set.positionals(o.paths, paths);
}

void add_sum(option_set& set, path_options& o) {
    set.own_flag("--sha256", o.sha256, "SHA-256 (XXH3-128)");
    set.own_flag("-r,-R,--recursive", o.recursive, "each file below a directory");
    set.own_value("-c,--check", o.check,
                  "compare with the sums in this file, - standard input; PATH is their directory")
        ->type_name("FILE");
    set.positionals(o.paths, paths);
}

constexpr std::uint64_t most_bytes = std::numeric_limits<std::int64_t>::max();

template <class T>
void add_bytes(option_set& set, const char* flags, T& to, const char* what) {
    set.own_value(flags, to, what)->type_name("BYTES")->transform(whole_number(0, most_bytes));
}

void add_cat(option_set& set, path_options& o) {
    add_bytes(set, "--offset", o.offset, "skip that many bytes of each");
    add_bytes(set, "--length,--head", o.length, "at most that many bytes of each");
    add_bytes(set, "--tail", o.tail, "the last bytes of each, so many");
    set.positionals(o.paths, paths);
}

void add_du(option_set& set, path_options& o) {
    set.own_flag("-s,--summarize", o.summary, "only the sum of each path");
    set.help_by_word_alone();
    set.own_flag("-h,--human-readable", o.human, "sizes as 1.5K, 20M");
    set.positionals(o.paths, paths);
}

void add_find_command(option_set& set, path_options& o) {
    add_find(set, o.find);
    set.positionals(o.paths, paths);
}

void add_touch(option_set& set, path_options& o) {
    set.own_flag("-c,--no-create", o.no_create, "what is not there stays so");
    set.own_value("-d,--date", o.time_text, "that time, @SECONDS or YYYY-MM-DD HH:MM:SS of here (now)")
        ->type_name("TIME");
    set.positionals(o.paths, paths);
}

void add_edit(option_set& set, path_options& o) {
    set.positionals(o.paths, one_path);
}

void add_watch(option_set& set, path_options& o) {
    set.own_flag("-r,-R,--recursive", o.recursive, "the whole tree below it");
    set.positionals(o.paths, "HOST:PATH, then -- CMD ARG... to run here each time something has changed");
}

constexpr std::array path_command_list{
    path_command{"ls", "List directories: tug ls [-laRtSrh] HOST:PATH...", add_ls},
    path_command{"stat", "Say what a path names", add_stat},
    path_command{"mkdir", "Make directories: tug mkdir [-p] HOST:PATH...", add_mkdir},
    path_command{"rm", "Remove files: tug rm [-rf] HOST:PATH...", add_rm},
    path_command{"mv", "Rename files: tug mv HOST:FROM... HOST:TO", add_mv},
    path_command{"ln", "Make a link: tug ln -s TARGET HOST:PATH", add_ln},
    path_command{"chmod", "Set permission bits: tug chmod [-R] MODE HOST:PATH...", add_chmod},
    path_command{"sum", "Print digests that the host makes, as sha256sum does: tug sum [--sha256] HOST:PATH...",
                 add_sum},
    path_command{"cat", "Print files: tug cat HOST:PATH...", add_cat},
    path_command{"du", "Print how large files are in sum: tug du [-s] HOST:PATH...", add_du},
    path_command{"find", "Print paths that pass tests: tug find HOST:PATH... -name '*.log' -type f", add_find_command},
    path_command{"touch", "Make empty files, or set the time of those there: tug touch HOST:PATH...", add_touch},
    path_command{"edit", "Edit a file in $VISUAL or $EDITOR, here: tug edit HOST:PATH", add_edit},
    path_command{"watch", "Print what happens to files, or run a command then: tug watch HOST:PATH [-- CMD]",
                 add_watch},
    path_command{"df", "Say how much room there is", add_df},
};

std::string take_first(path_options& o) {
    auto first = std::move(o.paths.front());
    o.paths.erase(o.paths.begin());
    return first;
}

} // namespace

std::span<const path_command> path_commands() {
    return path_command_list;
}

bool is_path_command(std::string_view name) {
    return std::ranges::any_of(path_command_list, [&](const auto& c) { return name == c.name; });
}

namespace {

/// @SECONDS, or a date and time of here, whose parts may be missing from the end.
std::int64_t time_of(const std::string& text) {
    constexpr std::int64_t second_ns = 1'000'000'000;
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / second_ns;
    const usage_error wrong("--date: " + quoted_name(text) + " is no time",
                            "write @SECONDS, YYYY-MM-DD or YYYY-MM-DD HH:MM:SS");
    std::tm parts{};
    parts.tm_isdst = -1;
    for (const char* format :
         {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"}) {
        auto read = parts;
        const char* const end = ::strptime(text.c_str(), format, &read);
        if (end != nullptr && *end == '\0') return static_cast<std::int64_t>(std::mktime(&read)) * second_ns;
    }
    if (!text.starts_with('@')) throw wrong;
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size() || seconds > most || seconds < -most) throw wrong;
    return seconds * second_ns;
}

mode_changes changes_of(const std::string& text) {
    const auto umask = ::umask(0); // to ask is to set
    (void)::umask(umask);
    auto out = mode_changes::parse(text, umask);
    if (!out)
        throw usage_error("MODE: " + quoted_name(text) + " is neither an octal number from 0 to 0777 nor a change",
                          "write it as 644 or u+x,go-w; there are no setuid, setgid and sticky bits");
    return *std::move(out);
}

} // namespace

std::uint32_t mode_of(std::string_view flag, const std::string& text) {
    if (text.empty() || text.size() > 4 || text.find_first_not_of("01234567") != std::string::npos)
        throw usage_error(std::string(flag) + ": " + quoted_name(text) + " is no octal number from 0 to 0777",
                          "give it as in 0644");
    const auto mode = std::stoul(text, nullptr, 8);
    if (mode > 0777)
        throw usage_error(std::string(flag) + ": " + quoted_name(text) + " has bits over 0777",
                          "give permission bits alone, as in 0644");
    return static_cast<std::uint32_t>(mode);
}

namespace {

/// `chmod -x`: what takes rights away looks like flags.
void take_mode(path_options& o, std::vector<std::string>& words) {
    const auto is_mode = [](std::string_view word) {
        return word.size() > 1 && word.starts_with('-') && word.find_first_not_of("rwxX", 1) == std::string_view::npos;
    };
    const auto mode = std::find_if(words.begin(), std::ranges::find(words, "--"), is_mode);
    if (mode == words.end() || *mode == "--") return;
    o.mode_text = *mode;
    words.erase(mode);
}

} // namespace

void take_own_words(const std::string& command, path_options& o, std::vector<std::string>& words) {
    if (command == "find") take_find_words(words);
    if (command == "chmod") take_mode(o, words);
    if (command != "watch") return;
    const auto dashes = std::ranges::find(words, "--");
    if (dashes == words.end()) return;
    o.command.assign(dashes + 1, words.end());
    words.erase(dashes, words.end());
}

void take_paths(const std::string& command, path_options& o) {
    const bool pair = command == "ln" || (command == "mv" && (o.exchange || o.paths.size() < 2));
    if (pair && o.paths.size() != 2)
        throw usage_error(command + " takes two paths, and " + std::to_string(o.paths.size()) + " are given",
                          "write FROM and TO, each with its host");
    if ((command == "edit" || command == "watch") && o.paths.size() != 1)
        throw usage_error(command + " takes one path, and " + std::to_string(o.paths.size()) + " are given",
                          "leave one");
    if (command == "sum" && !o.check.empty() && (o.paths.size() != 1 || o.recursive || o.sha256))
        throw usage_error("--check takes one path, the directory of the names in its file, and no other flags",
                          "write `tug sum -c FILE HOST:DIR`; the kind of the digests is seen from their length");
    if (command == "find") take_find(o.find);
    if (command == "cat" && o.tail && (o.offset > 0 || o.length))
        throw usage_error("--tail is given with --offset, --length or --head", "leave it or these out");
    if (!o.time_text.empty()) o.time_ns = time_of(o.time_text);
    if (command == "chmod") {
        o.mode_change = changes_of(o.mode_text.empty() ? take_first(o) : std::exchange(o.mode_text, ""));
        if (o.paths.empty()) throw usage_error("no path is given", "write it behind MODE, as in HOST:PATH");
    }
    if (command == "ln" && o.symbolic) o.target = take_first(o);
    if (!o.mode_text.empty()) o.mode = mode_of("--mode", o.mode_text);
    if (o.exchange && o.no_overwrite)
        throw usage_error("both --exchange and --no-clobber are given", "leave one of them out");
}

} // namespace tug::cli
