#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

/// A word that may stand at the cursor.
struct candidate {
    std::string text;  ///< The whole word, not quoted.
    std::string about; ///< Empty where there is nothing to say.
};

/// What may stand there.
struct candidates {
    std::vector<candidate> words; ///< Each begins with what is typed already.
    bool local_files = false;     ///< Files of this side as well: the shell knows them better.
};

/// Where names come from that no table has. `flags`: those of the connection, as typed; `host` as typed.
struct name_source {
    using names = std::vector<std::string>;
    std::function<names()> hosts; ///< Of the configuration.
    std::function<names(const std::vector<std::string>& flags, const std::string& host)> jobs;
    /// Of a directory, with a '/' behind those of directories.
    std::function<names(const std::vector<std::string>& flags, const std::string& host, const std::string& directory)>
        files;
};

/// What completes a command line of tug, up to the cursor, quoted as for a shell. From the tables that the command line
/// is read by.
[[nodiscard]] candidates complete_line(std::string_view line, const name_source& from);

/// What `tug --complete LINE` prints: a candidate on each line, a tab and what it is; ":files" where files of this side
/// fit. It asks hosts, and gives them up soon. The exit code.
[[nodiscard]] int print_completions(const std::string& line);

/// The script for bash, zsh or fish that asks it. Throws usage_error for another shell.
[[nodiscard]] std::string completion_script(std::string_view shell);

} // namespace tug::cli
