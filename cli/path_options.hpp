#pragma once

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

/// What the commands about files of the host are told beyond the common options: ls, stat, mkdir, rm, mv, ln, chmod,
/// df.
struct path_options {
    std::vector<std::string> paths; ///< As typed, each with its host. Those of mv and ln are FROM and TO.
    bool paths_only = false;        ///< They are without host, of the connection that there is: in the repl.
    std::string target;             ///< What a symlink of `ln -s` shall say.
    std::optional<std::uint32_t> mode;
    bool all = false;          ///< ls: also names that begin with a dot.
    bool long_format = false;  ///< ls
    bool itself = false;       ///< ls: a directory itself, not what is in it.
    bool recursive = false;    ///< ls, rm
    bool parents = false;      ///< mkdir
    bool force = false;        ///< rm: what is not there is no failure.
    bool symbolic = false;     ///< ln
    bool no_overwrite = false; ///< mv
    bool exchange = false;     ///< mv

    std::string mode_text; ///< As typed, for take_paths().
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

/// Takes the words of a command apart, once they are read. Throws usage_error.
void take_paths(const std::string& command, path_options& o);

} // namespace tug::cli
