// doctor: what a server says of itself.

#include "doctor.hpp"

#include "cli/commands/info_text.hpp"
#include "cli/local/file_text.hpp"

#include <algorithm>
#include <cstdlib>

namespace tug::cli {

namespace {

constexpr std::chrono::seconds most_apart{60};
constexpr std::uint64_t least_room = 64U << 20U;
constexpr auto program = "tug/" TUG_VERSION;

void check_version(const server_info& info, doctor_report& to) {
    if (info.draining) to.warn("tugd", "it is ending and takes no new calls", "wait until it is started again");
    const auto what = info.server + " on " + info.hostname + ", " + info.os + ", " + info.kernel;
    if (info.server == program) return to.ok("tugd", what);
    to.warn("tugd", what + "; this is " + program, "use the same version on both sides");
}

void check_clock(const server_info& info, std::chrono::system_clock::time_point asked, doctor_report& to) {
    const auto apart = std::chrono::duration_cast<std::chrono::seconds>(info.time - asked);
    const auto seconds = std::to_string(std::abs(apart.count())) + " s " + (apart.count() < 0 ? "behind" : "ahead");
    if (apart < most_apart && apart > -most_apart) return to.ok("clock", "that of the host is " + seconds);
    to.warn("clock", "that of the host is " + seconds, "set both by NTP: timedatectl set-ntp true");
}

/// Who renews certificates by a timer does it a month before their end.
void check_certificate(const server_info& info, doctor_report& to) {
    constexpr std::chrono::hours soon{24 * 14};
    if (!info.certificate_ends) return;
    const auto left = *info.certificate_ends - info.time;
    if (left > soon) return to.ok("certificate", certificate_text(left));
    to.warn("certificate", certificate_text(left), "renew what --tls-cert of tugd names, then: systemctl reload tugd");
}

/// Less than a twentieth.
bool is_scarce(std::uint64_t free, std::uint64_t of) {
    return free < of / 20;
}

void check_directory(std::string_view what, const directory_state& d, bool is_written, doctor_report& to) {
    if (!d.error.empty()) return to.wrong(what, "it cannot be used: " + d.error, "make it, for the user of tugd");
    const auto room = size_text(d.available_bytes) + " of " + size_text(d.total_bytes) + " free";
    if (!d.writable && is_written)
        return to.warn(what, "it is not writable, and the key may put",
                       "give it to the user of tugd: chown, or another --root");
    if (d.available_bytes < least_room || is_scarce(d.available_bytes, d.total_bytes))
        return to.warn(what, room, "free disk space");
    if (d.files_total > 0 && is_scarce(d.files_free, d.files_total))
        return to.warn(what, std::to_string(d.files_free) + " inodes free", "remove files: df -i");
    to.ok(what, d.writable ? room : room + ", read-only");
}

void check_use(std::string_view what, const usage_of_limit& u, std::string_view remedy, doctor_report& to) {
    const auto how = std::to_string(u.used) + " of " + std::to_string(u.allowed);
    if (u.used > u.allowed - u.allowed / 10) return to.warn(what, how, remedy);
    to.ok(what, how);
}

void check_containment(const server_info& info, doctor_report& to) {
    if (info.cgroups)
        return to.ok("cgroups", info.containment == "cgroup" ? "a command is in one, and cannot leave it"
                                                             : "a command is in one, which it could leave");
    to.warn("cgroups", "none: a command that makes a session of its own may outlive its call",
            "let tugd write below a cgroup: Delegate=yes in its unit, or --cgroup DIR");
}

} // namespace

void check_server(const server_info& info, const std::vector<std::string>& permissions,
                  std::chrono::system_clock::time_point asked, doctor_report& to) {
    const bool puts = permissions.empty() || std::ranges::find(permissions, "put") != permissions.end();
    check_version(info, to);
    check_clock(info, asked, to);
    check_certificate(info, to);
    to.ok("user", "commands run as " + info.user);
    check_directory("root", info.root, puts, to);
    to.ok("paths",
          info.lookup == "openat2" ? "resolved by openat2" : "resolved name by name: this kernel has no openat2");
    check_containment(info, to);
    if (is_scarce(info.memory_available_bytes, info.memory_total_bytes))
        to.warn("memory", size_text(info.memory_available_bytes) + " left", "end what needs it: tug top");
    check_use("commands", info.commands, "raise --max-commands of tugd", to);
    check_use("connections", info.connections, "raise --max-connections of tugd", to);
    check_use("descriptors", info.descriptors, "raise LimitNOFILE= of its unit, or ulimit -n", to);
    if (info.jobs) check_use("jobs", *info.jobs, "raise --max-jobs of tugd", to);
    if (info.state) check_directory("state", *info.state, true, to);
    if (!info.state) to.ok("state", "no directory, so no jobs: tugd --state-dir DIR has them");
}

} // namespace tug::cli
