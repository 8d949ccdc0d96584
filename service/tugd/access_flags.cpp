#include "flags.hpp"

#include <tug/os/flag_numbers.hpp>

#include <algorithm>
#include <cctype>

namespace tug::service {

CLI::Validator whole_number(std::uint64_t lowest, std::uint64_t highest) {
    return {[=](std::string& text) { return os::take_whole_number(text, lowest, highest); },
            std::to_string(lowest) + " to " + std::to_string(highest)};
}

CLI::Validator seconds(double lowest, double highest) {
    return {[=](std::string& text) { return os::take_seconds(text, lowest, highest); }, "seconds"};
}

std::string flag_maker::variable_of(const std::string& name) {
    std::string out = "TUG_";
    for (const char c : name) out += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return out;
}

void access_flags::declare(flag_maker& make) {
    make.group("Access");
    make.value("exec-user", exec_user,
               "Run commands as NAME or UID, also NAME:GROUP or UID:GID, with its groups; tugd must be root. "
               "Files are put and got as tugd's own user");
    make.flag("limit-loopback", limit_loopback,
              "Limits per address also for loopback addresses, and for Unix sockets by uid");
    make.value(
        "audit", audit,
        "Where a line on each login and call goes: log, off, stderr, - (standard output), or a FILE that is made "
        "with mode 0600, added to, and opened again on SIGHUP");
    make.value("record", recording.directory,
               "Record every terminal session in a file (asciicast v2, mode 0600) in this directory, which is made");
    make.flag("record-input", recording.with_input, "Record what is typed as well, passwords too");
    make.value(
            "allow-connect", allow_connect,
            "Where clients without a key may connect to through tugd: HOST:PORT or unix:PATTERN, each with wildcards; "
            "may be repeated. Keys have connect= of their own")
        ->delimiter(',')
        ->allow_extra_args(false);
    make.value("allow-listen", allow_listen,
               "Where they may have tugd listen, likewise. Keys have listen= of their own")
        ->delimiter(',')
        ->allow_extra_args(false);
    make.value(
            "proxy-protocol", proxy_from,
            "Take the address of clients from a PROXY header of version 2 that these peers send, each an address or a "
            "network (10.0.0.0/8); from them nothing else is taken; may be repeated")
        ->delimiter(',')
        ->allow_extra_args(false);
    make.flag("record-keys-only", record_keys_only, "Record only the sessions of keys with `record` in their line");
}

void access_flags::apply(options& to) const {
    to.limit_loopback = limit_loopback;
    to.audit = audit;
    to.exec_user = exec_user;
    to.allow_connect = allow_connect;
    to.allow_listen = allow_listen;
    to.proxy_from = proxy_from;
    to.recording.directory = recording.directory;
    to.recording.with_input = recording.with_input;
    to.recording.all = !record_keys_only;
    if (recording.directory.empty() && (recording.with_input || record_keys_only))
        throw CLI::ValidationError("--record-input and --record-keys-only need --record DIR");
    if (audit.empty()) throw CLI::ValidationError("--audit names nothing; give log, off, stderr, - or a file");
}

} // namespace tug::service
