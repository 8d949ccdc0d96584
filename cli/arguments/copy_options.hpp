#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

class option_set;

/// What the commands that carry directories are told beyond the common options: put, get, cp, sync.
struct copy_options {
    std::vector<std::string> paths;        ///< cp and sync: as typed, the last one is where to.
    std::vector<std::string> exclude;      ///< Patterns of names.
    std::vector<std::string> exclude_from; ///< Files of such patterns, for take_excludes().
    bool replace = false;                  ///< A directory that is there gives way to the new one in one step.
    bool owner = false;
    bool remove = false;   ///< sync: what the source has not goes.
    bool dry_run = false;  ///< sync
    bool itemize = false;  ///< sync: say what changes, path by path.
    bool checksum = false; ///< sync: content decides, not size and time.
    bool no_durable = false;
    bool whole_file = false; ///< sync: no deltas, also over a network.
    bool as_ever = false;    ///< A flag that asks for what is done in any case.
};

/// The flags of put and get that are about directories.
void add_directory_flags(option_set& set, copy_options& o);

/// Reads the patterns of the files that are named. Throws usage_error.
void take_excludes(copy_options& o);

void add_cp(option_set& set, copy_options& o);
void add_sync(option_set& set, copy_options& o);

[[nodiscard]] bool is_copy_command(std::string_view name);

/// Checks the words of a command, once they are read. Throws usage_error.
void check_copy(std::string_view command, const copy_options& o);

/// Whether a word of cp or sync names something on a host: it has a colon before any slash.
[[nodiscard]] bool is_remote(std::string_view word);

/// The first word that is remote. Precondition: check_copy() had nothing against it.
[[nodiscard]] const std::string& first_remote(const copy_options& o);

} // namespace tug::cli
