#include "copy_options.hpp"

#include "cli/local/report.hpp"
#include "option_set.hpp"
#include "text_file.hpp"
#include "usage_error.hpp"

#include <algorithm>
#include <utility>

namespace tug::cli {

namespace {

constexpr auto either = "SRC... DST: HOST:PATH or a local path each; a local one that holds a colon begins with ./";

} // namespace

void add_directory_flags(option_set& set, copy_options& o) {
    set.own_list("--exclude", o.exclude,
                 "leave out names of this pattern (*, **, ?, [a-z]); with a slash a path from the top (repeatable)")
        ->type_name("PATTERN");
    set.own_list("--exclude-from", o.exclude_from,
                 "such patterns from a file, a line each, - standard input (repeatable)")
        ->type_name("FILE");
    set.own_flag("--replace", o.replace, "a directory that is there gives way to the new one, in one step");
    set.own_flag("--owner", o.owner, "owner and group of what is in a directory go along, as numbers");
    set.own_flag("-r,-R,--recursive,-p,-a,--archive", o.as_ever,
                 "directories whole, with symlinks, modes and times: always so; owners with --owner");
}

void take_excludes(copy_options& o) {
    for (const auto& file : o.exclude_from)
        for (auto& pattern : lines_of(read_text_file("--exclude-from", file))) o.exclude.push_back(std::move(pattern));
}

void add_cp(option_set& set, copy_options& o) {
    add_directory_flags(set, o);
    set.own_flag("--no-durable", o.no_durable, "do not wait for the disk");
    set.positionals(o.paths, either);
}

void add_sync(option_set& set, copy_options& o) {
    add_directory_flags(set, o);
    set.own_flag("--no-durable", o.no_durable, "do not wait for the disk");
    set.own_flag("-l,--links,-t,--times", o.as_ever, "symlinks and times as well: always so");
    set.own_flag("--delete", o.remove, "what DST has and SRC has not goes, but for what is excluded");
    set.own_flag("-n,--dry-run", o.dry_run, "only list what would be written and deleted");
    set.own_flag("-i,--itemize-changes", o.itemize, "list what is written and deleted; so does -v");
    set.own_flag("-c,--checksum", o.checksum, "compare contents, not sizes and times");
    set.own_flag("-W,--whole-file", o.whole_file,
                 "the opposite of --delta, which is the default but for this very host");
    set.positionals(o.paths, "SRC DST, two directories, one of them HOST:PATH; DST becomes as SRC");
}

bool is_copy_command(std::string_view name) {
    return name == "cp" || name == "sync";
}

bool is_remote(std::string_view word) {
    if (word.starts_with("tug://")) return true;
    if (word.starts_with('[') && word.find("]:") != std::string_view::npos) return true;
    const auto colon = word.find(':');
    return colon != std::string_view::npos && colon < word.find('/');
}

const std::string& first_remote(const copy_options& o) {
    return *std::ranges::find_if(o.paths, [](const auto& word) { return is_remote(word); });
}

void check_copy(std::string_view command, const copy_options& o) {
    const auto remote = std::ranges::count_if(o.paths, [](const auto& word) { return is_remote(word); });
    if (o.paths.size() < 2 || (command == "sync" && o.paths.size() != 2))
        throw usage_error(std::string(command) + " takes SRC and DST", "name both, as in SRC HOST:DST");
    if (remote == 0) throw usage_error("no path is on a host", "write HOST:PATH; cp(1) copies between local paths");
    if (command == "sync" && remote == 2)
        throw usage_error("both directories are on hosts", "sync by way of a local directory, or use cp");
    if (o.replace && o.remove)
        throw usage_error("--replace leaves nothing of the old tree but what SRC has", "leave --delete out");
}

} // namespace tug::cli
