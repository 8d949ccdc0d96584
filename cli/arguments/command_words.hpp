#pragma once

#include "arguments.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tug::cli {

/// The commands that are neither path_commands() nor job_commands().
[[nodiscard]] std::span<const std::string_view> other_commands();

/// Whether a command is called so; those of jobs as `job-ls`.
[[nodiscard]] bool is_command(std::string_view word);

/// Where the name of the command stands, behind the common flags; the end where there is none.
[[nodiscard]] std::size_t command_at(const words& given);

/// The words with the command as one of them: `tug HOST` is `tug shell HOST`, `tug HOST CMD...` as with ssh
/// `tug rsh HOST CMD...`, `tug job ls` the command job-ls, `tug logs` one of those. A word that is a command but for
/// one letter is no host, unless the configuration names it. Throws usage_error.
[[nodiscard]] words with_command(words given);

/// The command that a command line names, empty where it names none. Never throws; for what must be known of a line
/// that cannot be parsed.
[[nodiscard]] std::string command_of(const words& given);

/// Whether it is `tug job --help`.
[[nodiscard]] bool asks_for_job_help(const words& given);

} // namespace tug::cli
