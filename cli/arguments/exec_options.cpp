#include "exec_options.hpp"

#include "cli/local/report.hpp"
#include "command_limits.hpp"
#include "option_set.hpp"
#include "text_file.hpp"
#include "usage_error.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

namespace tug::cli {

namespace {

constexpr std::uint64_t most_output = std::numeric_limits<std::int64_t>::max();

/// What exec and shell have alike.
void add_program(option_set& set, exec_options& o) {
    set.list("-e,--env", o.typed.env, "set a variable, repeatable; NAME alone: as it is set here")
        ->type_name("NAME=VALUE");
    set.own_list("--env-file", o.typed.env_files,
                 "such variables from a file, a line each, - standard input (repeatable)")
        ->type_name("FILE");
    set.flag("--clear-env", o.clear_env, "nothing of the environment of tugd");
    set.value("-w,--cwd,--workdir", o.typed.cwd, "the working directory, below the root of tugd")->type_name("DIR");
    set.own_value("-u,--user", o.typed.user, "as that user of the host, also with :GROUP; the key has to allow it")
        ->type_name("USER");
    // No variable: TUG_GRACE is tugd's.
    set.own_value("--grace", o.typed.grace, "from SIGTERM to SIGKILL where the command is ended (2)")
        ->type_name("SECONDS")
        ->transform(seconds(0, 60));
    set.own_list("--limit", o.typed.limits,
                 "memory=512M, processes=N, cpu=SECONDS, open-files=N, file-size=BYTES or nice=N, repeatable")
        ->type_name("NAME=VALUE");
    set.flag("--keep-children", o.keep_children, "spare the processes that outlive the command");
    set.value("--escape", o.typed.escape, "in a terminal, what begins an escape at the start of a line, or none (~)")
        ->type_name("CHAR");
}

/// NAME=VALUE; NAME alone takes the value that it has here.
void set_variable(exec_options& o, const std::string& flag, const std::string& text) {
    const auto equals = text.find('=');
    const auto name = text.substr(0, equals);
    const char* const here = equals == std::string::npos ? std::getenv(name.c_str()) : nullptr;
    if (name.empty() || (equals == std::string::npos && here == nullptr))
        throw usage_error(flag + " " + quoted_name(text) + " sets no variable",
                          "write NAME=VALUE; NAME alone is for a variable that is set here");
    o.env[name] = here != nullptr ? here : text.substr(equals + 1);
}

/// The variable TUG_ENV holds them with commas between. What is typed goes over what a file says.
void take_env(exec_options& o) {
    for (const auto& file : o.typed.env_files)
        for (const auto& line : lines_of(read_text_file("--env-file", file))) set_variable(o, "--env-file", line);
    for (const auto& one : o.typed.env) set_variable(o, "-e", one);
}

/// `~`, `^]` for Ctrl-], or `none`.
std::optional<char> escape_of(const std::string& text) {
    if (text == "none") return std::nullopt;
    if (text.size() == 1) return text.front();
    if (text.size() == 2 && text.front() == '^') return static_cast<char>(text.back() & 0x1f);
    throw usage_error("--escape: " + quoted_name(text) + " is no character", "give one, as in ~ or ^], or none");
}

/// What `exec` runs.
void take_command(const option_set& set, exec_options& o) {
    // A command in argv goes over TUG_SHELL.
    if (set.given("--shell") && (o.argv.empty() || set.typed("--shell"))) o.shell = std::move(o.typed.shell);
    if (o.shell && !o.argv.empty()) throw usage_error("both --shell and a command are given", "leave one of them out");
    if (!o.shell && o.argv.empty())
        throw usage_error("no command is given",
                          "write it behind HOST, as in: tug exec HOST ls -l; without HOST behind --");
}

} // namespace

bool runs_command(std::string_view command) {
    return command == "exec" || command == "rsh" || command == "run" || command == "shell" || command == "job-start";
}

void add_exec(option_set& set, exec_options& o) {
    set.flag("-i,--stdin,--interactive", o.with_stdin, "pass standard input on");
    set.flag("-t,--tty", o.terminal, "a terminal for the command, driven from this one where there is one");
    set.own_flag("-d,--detach", o.detach, "start it as a job, print its name, and leave it to itself");
    add_program(set, o);
    set.value("--shell", o.typed.shell, "a line for /bin/sh -c, in the place of CMD")->type_name("LINE");
    set.value("--output-limit", o.typed.output_limit, "end the command that writes more than that")
        ->type_name("BYTES")
        ->transform(whole_number(0, most_output));
    set.flag("--merge", o.merge, "standard error goes where standard output goes, in the order of the writes");
}

void add_reconnect(option_set& set, exec_options& o) {
    set.own_flag("--reconnect", o.reconnect,
                 "where the connection is lost it is made again, and output and input go on at the very byte");
}

void add_shell(option_set& set, exec_options& o) {
    add_program(set, o);
}

void take_exec(const option_set& set, std::string_view command, exec_options& o) {
    take_env(o);
    if (set.given("--cwd")) o.cwd = std::move(o.typed.cwd);
    if (!o.typed.user.empty()) o.user = std::move(o.typed.user);
    if (set.given("--output-limit")) o.output_limit = o.typed.output_limit;
    if (o.typed.grace) o.grace = milliseconds_of(*o.typed.grace);
    if (!o.typed.limits.empty()) o.limits = limits_of(o.typed.limits);
    o.escape = escape_of(o.typed.escape);
    if (o.reconnect && o.detach) throw usage_error("both --detach and --reconnect are given", "leave one of them out");
    if (command != "shell") return take_command(set, o);
    o.terminal = true;
    o.with_stdin = true;
    o.login = o.argv.empty();
}

std::chrono::milliseconds milliseconds_of(double in_seconds) {
    return std::chrono::milliseconds(std::llround(in_seconds * 1000));
}

} // namespace tug::cli
