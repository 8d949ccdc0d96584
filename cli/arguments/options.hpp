#pragma once

#include "cli/hosts/host_config.hpp"
#include "console_options.hpp"
#include "copy_options.hpp"
#include "exec_options.hpp"
#include "fan_options.hpp"
#include "forward_specs.hpp"
#include "job_flags.hpp"
#include "path_options.hpp"
#include "target.hpp"
#include "tls_flags.hpp"
#include "top_flags.hpp"
#include "transfer_flags.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

/// What `put` and `get` are told beyond the common options.
struct file_options {
    std::string local;      ///< "-" is the standard stream.
    std::string remote;     ///< As typed, with its host.
    bool path_only = false; ///< `remote` is a path alone, of the connection that there is: in the repl.
    bool sha256 = false;
    bool no_durable = false;
    bool no_overwrite = false;
    bool make_parents = false;
    bool in_place = false;
    bool no_follow = false;
    std::optional<std::uint32_t> mode;
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> length;
};

/// What `put` and `get` are told where there is more than one source.
struct source_flags {
    std::string files_from;        ///< put: a file with the names to send, or "-"; LOCAL is the directory they are in.
    bool nul = false;              ///< NUL ends each name in it.
    std::vector<std::string> more; ///< What stands behind two paths: then all but the last are sources.
};

/// What `run` is told beyond what `exec` is.
struct run_flags {
    std::vector<std::string> puts; ///< LOCAL:REMOTE, as typed.
    std::vector<std::string> gets; ///< REMOTE:LOCAL, as typed.
    std::optional<std::string> directory;
};

/// What `keygen` is told.
struct keygen_options {
    std::string id;
    std::string output; ///< Empty: standard output.
    std::string permissions = "exec,put,get";
    std::optional<std::string> root;  ///< Nothing: that of tugd.
    std::vector<std::string> argv0;   ///< Patterns of the programs; empty: all.
    std::vector<std::string> env;     ///< Patterns of the variables, where argv0 is not empty.
    std::vector<std::string> connect; ///< Where forward may connect to.
    std::vector<std::string> listen;  ///< Where it may listen.
    bool append = false;
};

/// A whole command line. Flags go over the environment (TUG_<FLAG>), the environment over the defaults.
struct options {
    std::string command; ///< exec, shell, run, put, get, cp, sync, info, top, ping, keygen, repl, hosts, login, doctor,
                         ///< mcp, console, forward, queue, one of path_commands() or one of job_commands()
    host_flags host;
    std::optional<std::string> host_text;     ///< HOST as typed; for exec, shell, info, top, ping, doctor and repl.
    std::shared_ptr<const host_config> hosts; ///< Nothing for what needs none, as keygen.
    // These are what flags and the environment say: settings_for() has what is used for a host.
    std::string key_file;
    std::string key_id;
    std::optional<secret_readers> key_readers; ///< Who else may read that file.
    tls_flags tls;
    std::optional<std::uint64_t> max_window;
    std::optional<std::chrono::milliseconds> timeout;
    bool json = false;
    bool quiet = false;
    bool verbose = false;      ///< The summary also where standard error is no terminal.
    std::optional<bool> share; ///< A flag over what connection_settings has.
    std::string help;          ///< Not empty: print it and do nothing else.

    exec_options exec;
    run_flags run;
    file_options file;
    keygen_options keygen;
    path_options path;
    job_flags job;
    top_flags top;
    fan_options fan;
    std::vector<std::string> names; ///< `hosts`: hosts, patterns and @GROUPs, none: all; `login`: NAME and ADDRESS.
    copy_options copy;              ///< Also of put and get, where they carry a directory.
    transfer_flags transfer;
    source_flags source;
    mcp_options mcp;
    console_options console;
    bool host_guessed = false; ///< A word in the place of a command, which none is called, was taken for a host.
    forward_flags forward;
    std::vector<std::string> jump; ///< HOSTs to go through, the first one first, or "none".
};

/// A variable of the environment; nothing where it is unset or empty.
[[nodiscard]] std::optional<std::string> environment(const std::string& name);

/// Reads a command line without the name of the program. Throws usage_error.
[[nodiscard]] options parse_command_line(const std::vector<std::string>& words);

/// Whether the command is to say what it did, on standard error: at a terminal, or with --verbose.
[[nodiscard]] bool wants_summary(const options& o);

/// Reads a line of the repl: a command that has a call, without HOST; what it does not say is as in `session`; the
/// environment has only the flags of the command itself. Paths of the host are taken from `directory`. Precondition:
/// there is a word. Throws usage_error.
[[nodiscard]] options parse_repl_line(const std::vector<std::string>& words, const options& session,
                                      const std::string& directory);

} // namespace tug::cli
