#pragma once

#include "find_options.hpp"
#include "mode_changes.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace tug::cli {

class option_set;

/// What the commands about files of the host are told beyond the common options: those of path_commands().
struct path_options {
    std::vector<std::string> paths;          ///< As typed, each with its host. Those of mv and ln are FROM and TO.
    bool paths_only = false;                 ///< They are without host, of the connection that there is: in the repl.
    std::string target;                      ///< What a symlink of `ln -s` shall say.
    std::optional<std::uint32_t> mode;       ///< mkdir
    std::optional<mode_changes> mode_change; ///< chmod; there it is always set.

    bool all = false;          ///< ls: also names that begin with a dot.
    bool long_format = false;  ///< ls
    bool itself = false;       ///< ls: a directory itself, not what is in it.
    bool by_time = false;      ///< ls: the newest first.
    bool by_size = false;      ///< ls: the largest first.
    bool reversed = false;     ///< ls
    bool as_ever = false;      ///< A flag that asks for what is done in any case.
    bool recursive = false;    ///< ls, rm, chmod, sum, watch
    bool sha256 = false;       ///< sum
    std::string check;         ///< sum: the list of sums to compare with; empty: none.
    bool parents = false;      ///< mkdir
    bool force = false;        ///< rm: what is not there is no failure.
    bool symbolic = false;     ///< ln
    bool no_overwrite = false; ///< mv
    bool exchange = false;     ///< mv

    bool summary = false;   ///< du: a line for each path of the command line alone.
    bool human = false;     ///< du, ls: 1.5K, and so on.
    bool no_create = false; ///< touch
    find_options find;
    std::uint64_t offset = 0;            ///< cat
    std::optional<std::uint64_t> length; ///< cat
    std::optional<std::uint64_t> tail;   ///< cat: the last bytes.
    std::optional<std::int64_t> time_ns; ///< touch
    std::vector<std::string> command;    ///< watch: run here at changes.

    std::string mode_text; ///< As typed, for take_paths().
    std::string time_text; ///< Likewise.
};

/// One of these commands.
struct path_command {
    const char* name;
    const char* what;
    void (*add)(option_set& set, path_options& o); ///< Its flags.
};

[[nodiscard]] std::span<const path_command> path_commands();

[[nodiscard]] bool is_path_command(std::string_view name);

/// The permission bits of an octal number, 0 to 0777. `flag` is named by the usage_error that it throws otherwise.
[[nodiscard]] std::uint32_t mode_of(std::string_view flag, const std::string& text);

/// Takes the words that are a command's own business: the tests of find, and what watch is to run.
void take_own_words(const std::string& command, path_options& o, std::vector<std::string>& words);

/// Takes the words of a command apart, once they are read. Throws usage_error.
void take_paths(const std::string& command, path_options& o);

} // namespace tug::cli
