#include "path_options.hpp"

#include "option_set.hpp"
#include "report.hpp"
#include "usage_error.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tug::cli {

namespace {

constexpr auto one_path = "HOST:PATH, tug://HOST:PORT/PATH or :PATH";
constexpr auto paths = "HOST:PATH, more than one on the same host";

void add_ls(option_set& set, path_options& o) {
    set.own_flag("-l", o.long_format, "mode, links, owner, group, size and time beside each name");
    set.own_flag("-a,--all", o.all, "also names that begin with a dot");
    set.own_flag("-d,--directory", o.itself, "the directory itself, not what is in it");
    set.own_flag("-R,--recursive", o.recursive, "all that is below it, a path on each line");
    set.positionals(o.paths, one_path);
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
    set.positionals(o.paths, "FROM and TO, HOST:PATH each, of one host; where TO is a directory FROM goes into it");
}

void add_ln(option_set& set, path_options& o) {
    set.own_flag("-s,--symbolic", o.symbolic, "a symlink that says TARGET, which need not exist");
    set.positionals(o.paths, "FROM and TO, HOST:PATH each, of one host; with -s: TARGET HOST:PATH");
}

void add_chmod(option_set& set, path_options& o) {
    set.positionals(o.paths, "MODE, an octal number, 0 to 0777, then HOST:PATH, more than one on the same host");
}

void add_df(option_set& set, path_options& o) {
    set.positionals(o.paths, paths);
}

constexpr std::array commands{
    path_command{"ls", "List a directory: tug ls [-laR] HOST:PATH", add_ls},
    path_command{"stat", "Say what a path names", add_stat},
    path_command{"mkdir", "Make directories: tug mkdir [-p] HOST:PATH...", add_mkdir},
    path_command{"rm", "Remove files: tug rm [-rf] HOST:PATH...", add_rm},
    path_command{"mv", "Rename a file: tug mv HOST:FROM HOST:TO", add_mv},
    path_command{"ln", "Make a link: tug ln -s TARGET HOST:PATH", add_ln},
    path_command{"chmod", "Set permission bits: tug chmod MODE HOST:PATH...", add_chmod},
    path_command{"df", "Say how much room there is", add_df},
};

std::string take_first(path_options& o) {
    auto first = std::move(o.paths.front());
    o.paths.erase(o.paths.begin());
    return first;
}

} // namespace

std::span<const path_command> path_commands() {
    return commands;
}

bool is_path_command(std::string_view name) {
    return std::ranges::any_of(commands, [&](const auto& c) { return name == c.name; });
}

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

void take_paths(const std::string& command, path_options& o) {
    const bool pair = command == "mv" || command == "ln";
    if (pair && o.paths.size() != 2)
        throw usage_error(command + " takes two paths, and " + std::to_string(o.paths.size()) + " are given",
                          "write FROM and TO, each with its host");
    if (command == "ls" && o.paths.size() != 1)
        throw usage_error("ls takes one path, and " + std::to_string(o.paths.size()) + " are given", "leave one");
    if (command == "chmod") {
        o.mode = mode_of("MODE", take_first(o));
        if (o.paths.empty()) throw usage_error("no path is given", "write it behind MODE, as in HOST:PATH");
    }
    if (command == "ln" && o.symbolic) o.target = take_first(o);
    if (!o.mode_text.empty()) o.mode = mode_of("--mode", o.mode_text);
    if (o.exchange && o.no_overwrite)
        throw usage_error("both --exchange and --no-clobber are given", "leave one of them out");
}

} // namespace tug::cli
