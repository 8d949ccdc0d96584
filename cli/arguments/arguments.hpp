#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tug::cli {

// Which words of a command line are flags, which are not, and which belong to the command that `exec` runs: decided
// here, so that neither a flag with values nor the name of a subcommand takes a word that is another's.

using words = std::vector<std::string>;

/// Words without those that belong to a command.
struct parted {
    words flags;      ///< Flags of tug and their values.
    words positional; ///< What is neither, for exec at most HOST.
    words command;    ///< Of exec: the program and its arguments, untouched.
};

/// For all but exec: flags may stand anywhere before `--`; behind it nothing is one. `app` knows the flags, together
/// with the app that it falls through to. Throws usage_error for a flag whose value is missing.
[[nodiscard]] parted part_words(const CLI::App& app, const words& given);

/// For exec: flags of tug stand before HOST and directly behind it. The first other word begins the command, of which
/// every word is the command's own; a `--` may stand before it. A `--` before HOST says that there is no HOST, as do
/// --on and --hosts-file, and `has_host` in the repl. Throws usage_error.
[[nodiscard]] parted part_exec(const CLI::App& app, const words& given, bool has_host);

} // namespace tug::cli
