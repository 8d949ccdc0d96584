#pragma once

namespace tug::cli {

// What stands below the flags in the help.

inline constexpr auto footer =
    "Flags have environment variables: --key-file is TUG_KEY_FILE, and so on; flags go first.\n"
    "TUG_ADDRESS serves where HOST is left out.";
inline constexpr auto command_footer = "These work too: --config, --unix, -P, --jump, --key-file, --key, --tls…, "
                                       "--timeout, --json, -q, -v; see `tug --help`.";

inline constexpr auto exec_footer =
    "Flags of tug stand before HOST or directly behind it. The first other word begins the command, and every word "
    "from\n"
    "there is the command's own; a -- may stand before it. Without HOST (TUG_ADDRESS, --unix) the -- has to.\n";

inline constexpr auto rsh_footer =
    "Takes the words of ssh: [FLAGS] [USER@]HOST [CMD...], the words of CMD joined by blanks and run by the shell of "
    "the\n"
    "user, in its home. Obeyed: -p, -l, -i (a key file of tug), -F (a configuration of tug), -t, -tt, -T, -n, -e, -s "
    "sftp,\n"
    "-G, -V, -J, -L, -R, -D, -W, -N, and -o Port, User, IdentityFile, RequestTTY, SetEnv, SendEnv, EscapeChar, "
    "StdinNull,\n"
    "ProxyJump, LocalForward, RemoteForward, DynamicForward, ClearAllForwardings. What only says how ssh encrypts, "
    "logs "
    "or\n"
    "checks is skipped, what tug cannot do is named. A failure of tug itself is 255.\n";

inline constexpr auto queue_footer =
    "The words behind `queue` are those of tug-queue, a program of the package tug-worker: see `tug queue --help`.\n";

inline constexpr auto shell_footer =
    "Without CMD it is the login shell of the user. Flags stand as those of exec. Behind a line end ~. leaves, ~^Z\n"
    "suspends tug, ~d leaves the shell running, ~? shows all escapes. Where tugd keeps jobs, a shell whose connection "
    "is\n"
    "lost is found again.\n";

} // namespace tug::cli
