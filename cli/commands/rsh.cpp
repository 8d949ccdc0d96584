#include "rsh.hpp"

#include "cli/arguments/ssh_words.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/hosts/connection_settings.hpp"
#include "cli/hosts/jump_path.hpp"

#include <tug/address.hpp>

#include <unistd.h>

#include <string>
#include <utility>

namespace tug::cli {

namespace {

/// As ssh does: with a command only where it is asked for, and where there is none here only where it is insisted on.
bool wants_terminal(const ssh_words& asked) {
    const bool here = ::isatty(STDIN_FILENO) == 1;
    switch (asked.terminal) {
    case ssh_words::tty::no: return false;
    case ssh_words::tty::automatic: return here && !asked.line;
    case ssh_words::tty::wanted: return here;
    case ssh_words::tty::forced: return true;
    }
    return false;
}

/// What sshd starts for a subsystem: of those there are the server of sftp is looked for where systems keep it.
std::string line_of_subsystem(const std::string& name) {
    if (name != "sftp") throw usage_error("there is no subsystem " + name, "tug rsh knows sftp");
    return "for s in /usr/lib/openssh/sftp-server /usr/libexec/openssh/sftp-server /usr/lib/ssh/sftp-server; do "
           "[ -x $s ] && exec $s; done; echo 'this host has no sftp-server' >&2; exit 127";
}

/// What `ssh -G` prints, as far as programs look at it.
std::string description(const options& o) {
    const auto host = resolve_host(o.host_text, o.host);
    const auto settings = settings_for(o, host);
    const auto to = tug::address::parse(settings.address);
    std::string out = "host " + settings.name + "\n";
    if (to && !to.value().is_unix())
        out += "hostname " + to.value().host + "\nport " + std::to_string(to.value().port) + "\n";
    const auto user = o.exec.user ? *o.exec.user : settings.user;
    if (!user.empty()) out += "user " + user + "\n";
    std::string jumps;
    for (const auto& jump : jump_path(o, host)) jumps.append(jumps.empty() ? "" : ",").append(jump);
    return jumps.empty() ? out : out + "proxyjump " + jumps + "\n";
}

} // namespace

options parse_rsh(words before, const words& own) {
    auto asked = read_ssh_words(own);
    options o;
    if (asked.shows_version) {
        o.help = "tug " TUG_VERSION "\n";
        return o;
    }
    auto line = std::move(before);
    line.emplace_back("exec");
    for (auto& flag : asked.flags) line.push_back(std::move(flag));
    line.insert(line.end(), {asked.host, "--", "true"}); // the command is set below
    o = parse_command_line(line);
    o.command = "rsh";
    o.exec.argv.clear();
    o.exec.login = true;
    o.exec.terminal = wants_terminal(asked);
    o.exec.with_stdin = !asked.no_input;
    if (asked.subsystem) asked.line = line_of_subsystem(asked.line.value_or(""));
    o.exec.shell = std::move(asked.line);
    o.forward = std::move(asked.forward);
    o.forward.no_reconnect = true; // programs that start ssh wait for its end
    if (o.forward.nothing_run)
        take_forward(o.forward);
    else
        read_forward(o.forward);
    if (asked.shows_host) o.help = description(o);
    return o;
}

} // namespace tug::cli
