#pragma once

#include "arguments.hpp"
#include "forward_specs.hpp"

#include <optional>
#include <string>

namespace tug::cli {

/// What the words of a command line of ssh(1) ask for.
struct ssh_words {
    enum class tty { no, automatic, wanted, forced }; ///< -T; nothing; -t; -tt

    words flags; ///< The same, as flags of `tug exec`.
    std::string host;
    std::optional<std::string> line; ///< What the shell of the user is to run: the words, joined by blanks.
    forward_flags forward;           ///< As typed, for read_forward().
    tty terminal = tty::automatic;
    bool subsystem = false;  ///< -s: `line` names one of sshd.
    bool no_input = false;   ///< -n
    bool shows_host = false; ///< -G: print what would be done.
    bool shows_version = false;
};

/// Reads them, without `ssh` itself. What has no meaning for tug and changes nothing that a script could notice is
/// skipped; what it cannot do is named. Throws usage_error.
[[nodiscard]] ssh_words read_ssh_words(const words& given);

} // namespace tug::cli
