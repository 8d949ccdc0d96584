#pragma once

#include "cli/completion/complete_line.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

/// The flags that a command takes, its own and the common ones.
class known_flags {
public:
    /// Of `tug` itself where `command` is empty or none.
    explicit known_flags(const std::string& command);

    /// Whether the next word is its value. False for what is no flag.
    [[nodiscard]] bool takes_next(std::string_view word) const;

    /// Whether that value is a file of this side.
    [[nodiscard]] bool takes_file(std::string_view word) const;

    /// Whether that value is a list of hosts, parted by commas.
    [[nodiscard]] bool takes_hosts(std::string_view word) const;

    /// Those that begin so.
    [[nodiscard]] std::vector<candidate> starting_with(std::string_view prefix) const;

private:
    struct flag {
        std::string name; ///< With its dashes.
        std::string about;
        std::string value; ///< What stands for it in the help; empty where it takes none.
    };

    [[nodiscard]] const flag* find(std::string_view name) const;

    std::vector<flag> flags_;
};

/// The commands of `tug`, each with what it does; `job-start` and the like as they are.
[[nodiscard]] std::vector<candidate> known_commands();

} // namespace tug::cli
