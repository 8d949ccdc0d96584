#include "options.hpp"

#include "arguments.hpp"
#include "cli/commands/rsh.hpp"
#include "cli/local/report.hpp"
#include "cli/local/working_directory.hpp"
#include "command_groups.hpp"
#include "command_words.hpp"
#include "footers.hpp"
#include "inspect_options.hpp"
#include "option_set.hpp"
#include "own_flags.hpp"
#include "sources.hpp"
#include "usage_error.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace tug::cli {

namespace {

/// What CLI11 fills in and options holds in another form.
struct raw {
    double timeout = 0;
    std::string unix_socket;
    std::uint16_t port = 0;
    std::string host;
    std::string key_file_mode = "private";
    std::optional<std::string> config;
    bool share = false;
    typed_file file;
};

void add_common(option_set& set, options& o, raw& r) {
    set.flag("--json", o.json, "print one JSON object for scripts");
    set.flag("-q,--quiet", o.quiet, "no progress bar and no summary");
    set.flag("-v,--verbose", o.verbose, "the summary also where standard error is no terminal");
    set.value("--timeout", r.timeout, "give up after that many seconds; also 0.5")
        ->type_name("SECONDS")
        ->transform(seconds(0.001, 86'400));
}

void add_connection(option_set& set, options& o, raw& r) {
    set.value("--unix", r.unix_socket, "the Unix socket of tugd, in the place of HOST")->type_name("SOCKET");
    set.value("-P,--port", r.port, "the port where HOST has none (8840)")
        ->type_name("PORT")
        ->transform(whole_number(1, 65'535));
    set.value("--key-file", o.key_file, "log in with a key of this file")->type_name("FILE");
    set.value("--key-file-mode", r.key_file_mode,
              "who may be able to read the files of --key-file and --tls-key besides their owner: private or any")
        ->type_name("MODE")
        ->check(CLI::IsMember({"private", "any"}));
    set.value("--key", o.key_id, "the id of the key in that file (its first)")->type_name("ID");
    add_tls(set, o.tls);
    // No variable of that name: TUG_CONFIG is tugd's.
    set.own_value("--config", r.config,
                  "hosts and their keys, or none (~/.config/tug/config, then /etc/tug/config; TUG_CLIENT_CONFIG)")
        ->type_name("FILE");
    set.flag("--share,!--no-share", r.share, "by a connection that stays for the next calls, or by one of its own");
    set.list("-J,--jump", o.jump, "go through the tugd of these hosts, one after the other, or none")
        ->type_name("HOST,...");
    // No variable: TUG_MAX_WINDOW is tugd's.
    set.own_value("--max-window", o.max_window, "what may wait here of a stream, where the link is long (67108864)")
        ->type_name("BYTES")
        ->transform(whole_number(1 << 20, 1 << 30));
}

void take_common(const option_set& set, options& o, raw& r) {
    if (set.given("--timeout")) o.timeout = milliseconds_of(r.timeout);
    if (set.given("--unix")) o.host.unix_socket = std::move(r.unix_socket);
    if (set.given("--port")) o.host.port = r.port;
    if (set.given("--key-file-mode"))
        o.key_readers = r.key_file_mode == "any" ? secret_readers::any : secret_readers::none;
    if (set.given("--share")) o.share = r.share;
    o.host.unix_typed = set.typed("--unix");
    o.host.port_typed = set.typed("--port");
    if (o.host.unix_socket && o.host.unix_socket->empty())
        throw usage_error("--unix names no socket", "give the path of the socket of tugd");
}

void take_file(const option_set& set, options& o, raw& r) {
    if (set.given("--mode")) o.file.mode = mode_of("--mode", r.file.mode);
    if (set.given("--length")) o.file.length = r.file.length;
    if (o.file.local.empty()) throw usage_error("LOCAL is empty", "name a file, or - for the standard stream");
}

void take(const option_set& set, options& o, raw& r) {
    take_common(set, o, r);
    if (runs_command(o.command)) take_exec(set, o.command, o.exec);
    if (o.command == "run" && (o.exec.with_stdin || o.exec.terminal))
        throw usage_error("run passes no standard input on and has no terminal", "put a file, or use `tug exec`");
    take_excludes(o.copy);
    if (o.command == "put" || o.command == "get") take_file(set, o, r);
    if (is_path_command(o.command)) take_paths(o.command, o.path);
    if (o.command == "forward") take_forward(o.forward);
    if (is_job_command(o.command)) {
        if (auto host = take_job(o.command, o.job)) o.host_text = std::move(host);
    }
    if (is_copy_command(o.command)) check_copy(o.command, o.copy);
    if (!r.host.empty()) o.host_text = std::move(r.host);
}

/// The words for CLI11: no positional one can be taken for a flag or the name of a subcommand.
words for_parser(parted parts) {
    auto out = std::move(parts.flags);
    if (!parts.positional.empty()) out.emplace_back("--");
    for (auto& word : parts.positional) out.push_back(std::move(word));
    return out;
}

/// The common flags, and the command that is used with its flags; all commands where none is named, for the help. To
/// declare them all takes longer than a call on loopback.
void declare(CLI::App& app, std::vector<option_set>& sets, options& o, raw& r) {
    app.footer(footer);
    app.set_version_flag("-V,--version", "tug " TUG_VERSION);
    app.require_subcommand(1);
    auto& common = sets.emplace_back(app);
    add_common(common, o, r);
    add_connection(common, o, r);
    const auto command = [&](const std::string& name, const char* what, auto add, const char* more = "") {
        if (!o.command.empty() && o.command != name) return;
        auto* sub = app.add_subcommand(name, what);
        sub->group(std::string(group_of(name)));
        sub->fallthrough(); // the common flags may stand behind the command too
        sub->footer(std::string(more) + command_footer);
        add(sets.emplace_back(*sub));
        if (is_fan_command(name)) add_fan(sets.back(), o.fan, name == "exec");
    };
    const auto host = [&](option_set& set) {
        set.positional(
            "HOST", r.host,
            "a host of the configuration, name, name:port, unix:PATH, tug://name:port, or pool:LIST: any of these");
    };
    const auto exec = [&](option_set& set) {
        add_exec(set, o.exec);
        host(set);
    };
    const auto exec_alone = [&](option_set& set) {
        exec(set);
        add_reconnect(set, o.exec);
    };
    command("exec", "Run a command: tug exec [OPTIONS] HOST [--] CMD ARG...", exec_alone, exec_footer);
    const auto shell = [&](option_set& set) {
        add_shell(set, o.exec);
        host(set);
    };
    command("shell", "A shell in a terminal: tug shell HOST, or tug HOST", shell, shell_footer);
    const auto run = [&](option_set& set) {
        exec(set);
        add_run(set, o.run);
    };
    command("run", "Send files, run a command, fetch files: tug run HOST --put A --get B -- CMD ARG...", run,
            exec_footer);
    command("put", "Send a file or a directory: tug put LOCAL HOST:PATH",
            [&](option_set& set) { add_file(set, o, r.file, true); });
    command("get", "Fetch a file or a directory: tug get HOST:PATH LOCAL",
            [&](option_set& set) { add_file(set, o, r.file, false); });
    command("cp", "Copy files and directories: tug cp SRC... DST, either side HOST:PATH", [&](option_set& set) {
        add_cp(set, o.copy);
        add_carrying_flags(set, o.transfer);
    });
    command("sync", "Make a directory as another is: tug sync SRC DST, one of them HOST:PATH", [&](option_set& set) {
        add_sync(set, o.copy);
        add_carrying_flags(set, o.transfer);
    });
    const auto forward = [&](option_set& set) {
        add_forward(set, o.forward);
        host(set);
    };
    command("forward", "Connections through a host: tug forward HOST -L ... -R ... -D ...", forward);
    for (const auto& c : path_commands()) command(c.name, c.what, [&](option_set& set) { c.add(set, o.path); });
    const auto job = [&](option_set& set) {
        exec(set);
        add_job_start(set, o.job);
    };
    command("job-start", job_start_what, job, exec_footer);
    for (const auto& c : job_commands()) command(c.name, c.what, [&](option_set& set) { c.add(set, o.job); });
    command("info", "Say how a host and its tugd are", host);
    command("top", "Watch a host: commands, jobs, connections, rates", [&](option_set& set) {
        add_top(set, o.top);
        host(set);
    });
    command("audit", "Follow the logins and calls of all clients of a host", host);
    command("ping", "Measure a round trip", host);
    command(
        "rsh", "As ssh: tug rsh HOST LINE, or tug HOST LINE; for rsync -e 'tug rsh', GIT_SSH_COMMAND='tug rsh'",
        [](option_set&) {}, rsh_footer);
    command("login", "Test a host and write it into the configuration: tug login NAME [ADDRESS]",
            [&](option_set& set) { set.words(o.names, "NAME [ADDRESS]: HOST, HOST:PORT or unix:PATH"); });
    command("doctor", "Say what is wrong between here and a host, and what mends it: tug doctor [HOST]", host);
    command("hosts", "Say which hosts the configuration names: tug hosts [HOST|@GROUP]...",
            [&](option_set& set) { set.words(o.names, "hosts, patterns and @GROUPs; none: all"); });
    command(
        "discover", "Say which tugd are on the networks of this machine: tug discover [INTERFACE]...",
        [&](option_set& set) { set.words(o.names, "interfaces; none: all. --timeout is the time for answers (1)"); });
    command("keygen", "Make a key: tug keygen ID [-o FILE]", [&](option_set& set) { add_keygen(set, o.keygen); });
    const auto mcp = [&](option_set& set) {
        add_mcp(set, o.mcp);
        host(set);
    };
    const auto console = [&](option_set& set) {
        add_console(set, o.console);
        host(set);
    };
    command("console", "A web page to look at a host and work on it", console);
    command("mcp", "The tools of a host for an agent: the Model Context Protocol on standard input and output", mcp);
    command("repl", "A prompt for these commands on one connection", host);
    command("queue", "Jobs through a queue of NATS: tug queue submit|ls|result", [](option_set&) {}, queue_footer);
}

} // namespace

bool wants_summary(const options& o) {
    return !o.quiet && !o.json && (o.verbose || ::isatty(STDERR_FILENO) == 1);
}

options parse_command_line(const std::vector<std::string>& typed) {
    options o;
    if (asks_for_job_help(typed)) {
        o.command = "job";
        o.help = job_help();
        return o;
    }
    auto given = with_command(typed);
    const bool guessed = given.size() > typed.size(); // the name of the command is not typed
    o.host_guessed = guessed;
    raw r;
    if (const auto at = command_at(given); at < given.size()) o.command = given[at];
    if (!o.command.empty() && !is_command(o.command))
        throw usage_error("there is no command " + quoted_name(o.command), "see `tug --help`");
    if (o.command == "rsh") {
        const auto own = given.begin() + static_cast<std::ptrdiff_t>(command_at(given));
        if (own + 1 == given.end() || (own[1] != "--help" && own[1] != "-h")) {
            o = parse_rsh({given.begin(), own}, {own + 1, given.end()});
            o.host_guessed = guessed;
            return o;
        }
    }
    CLI::App app("Run commands on, and move files in and out of, containers and hosts", "tug");
    std::vector<option_set> sets;
    sets.reserve(2 + other_commands().size() + path_commands().size() +
                 job_commands().size()); // references into it are held
    declare(app, sets, o, r);
    take_own_words(o.command, o.path, given);
    auto plain = given;
    if (!o.command.empty()) {
        const auto own = given.begin() + static_cast<std::ptrdiff_t>(command_at(given)) + 1;
        const auto& sub = *app.get_subcommand(o.command);
        auto parts =
            runs_command(o.command) ? part_exec(sub, {own, given.end()}, true) : part_words(sub, {own, given.end()});
        o.exec.argv = std::move(parts.command);
        plain.assign(given.begin(), own);
        for (auto& word : for_parser(std::move(parts))) plain.push_back(std::move(word));
    }
    o.help = with_words_as_typed(run_parser(app, plain, sets));
    if (!o.help.empty()) return o;
    option_set used(sets.front());
    for (auto& set : sets)
        if (set.name() == o.command) used.join(set);
    o.host.address = environment("TUG_ADDRESS").value_or("");
    take(used, o, r);
    if (o.command != "keygen") {
        const auto file = r.config ? r.config : environment("TUG_CLIENT_CONFIG");
        o.hosts = std::make_shared<const host_config>(host_config::load(file));
    }
    if (is_fan_command(o.command)) take_fan(o);
    if (o.command == "put" || o.command == "get") take_sources(o);
    return o;
}

void inspect_options(const std::string& command, const std::function<void(const CLI::App&)>& look) {
    options o;
    raw r;
    o.command = command;
    CLI::App app("", "tug");
    std::vector<option_set> sets;
    sets.reserve(2 + other_commands().size() + path_commands().size() + job_commands().size());
    declare(app, sets, o, r);
    look(app);
}

namespace {

/// The paths of the host as they are named from `directory`, the repl's.
void take_from(const std::string& directory, options& o) {
    const auto from_there = [&](std::string& path) {
        if (path.starts_with(':')) path.erase(0, 1); // as it is written outside of the repl
        if (!directory.empty()) path = path_from(directory, path);
    };
    if (o.exec.cwd || !directory.empty()) from_there(o.exec.cwd.emplace(o.exec.cwd.value_or("")));
    from_there(o.file.remote);
    o.file.path_only = true;
    for (auto& path : o.path.paths) from_there(path);
    for (auto& path : o.path.paths)
        if (path.empty()) path = ".";
    o.path.paths_only = true;
}

/// The flags of the command of a line, without HOST.
void add_own(option_set& set, options& o, raw& r) {
    if (o.command == "exec") {
        add_exec(set, o.exec);
        return add_reconnect(set, o.exec);
    }
    if (o.command == "shell") return add_shell(set, o.exec);
    if (o.command == "put" || o.command == "get") return add_file(set, o, r.file, o.command == "put");
    for (const auto& c : path_commands())
        if (o.command == c.name) return c.add(set, o.path);
    throw usage_error(quoted_name(o.command) + " is no command here", "see `help`");
}

} // namespace

options parse_repl_line(const std::vector<std::string>& given, const options& session, const std::string& directory) {
    options o = session;
    raw r;
    o.command = given.front();
    o.exec = {};
    o.file = {};
    o.path = {};
    o.copy = {};
    o.transfer = {};
    o.source = {};
    words own(given.begin() + 1, given.end());
    take_own_words(o.command, o.path, own);
    CLI::App app("", o.command);
    // These stay as the session has them: it took the variables in already, and what was typed goes over them.
    option_set common(app);
    add_common(common, o, r);
    option_set set(app);
    add_own(set, o, r);
    auto parts = runs_command(o.command) ? part_exec(app, own, false) : part_words(app, own);
    const bool here = parts.positional.empty() ? o.command == "ls" || o.command == "df"
                                               : parts.positional.size() == 1 && o.command == "put";
    if (here) parts.positional.emplace_back(""); // the directory of the repl
    o.exec.argv = std::move(parts.command);
    o.help = run_parser(app, for_parser(std::move(parts)), {&set, 1}); // the environment is applied to `set` alone
    if (!o.help.empty()) return o;
    set.join(common);
    take(set, o, r);
    if (!o.source.more.empty() || !o.source.files_from.empty())
        throw usage_error(o.command + " takes one file here", "use `tug " + o.command + "` for several");
    take_from(directory, o);
    o.host = session.host;
    o.host_text = session.host_text;
    return o;
}

} // namespace tug::cli
