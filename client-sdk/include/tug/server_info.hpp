#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tug {

/// How much is in use of what has a limit.
struct usage_of_limit {
    std::uint64_t used = 0;
    std::uint64_t allowed = 0;
};

/// A directory of tugd, and the file system that it is on.
struct directory_state {
    std::string error; ///< The name of an errno, "ENOENT", where it cannot be used; the rest is then unknown.
    bool writable = false;
    std::uint64_t total_bytes = 0;
    std::uint64_t available_bytes = 0; ///< To a user without privileges.
    std::uint64_t files_total = 0;     ///< Inodes; 0 where the file system makes them as it needs them.
    std::uint64_t files_free = 0;
};

/// What has happened since tugd was started.
struct server_totals {
    std::uint64_t calls = 0;        ///< Answered.
    std::uint64_t failed_calls = 0; ///< Of these, those that were answered by an error.
    std::uint64_t received_bytes = 0;
    std::uint64_t sent_bytes = 0;
    std::uint64_t commands = 0; ///< That have ended.
    std::uint64_t connections = 0;
    std::uint64_t refused_connections = 0;
    std::uint64_t failed_logins = 0;
    std::chrono::microseconds cpu{0}; ///< Of tugd, without its commands.
};

/// The average number of processes that run or wait for a disk.
struct load_averages {
    double minutes_1 = 0;
    double minutes_5 = 0;
    double minutes_15 = 0;
};

/// How a tugd and its host are, from client::info().
struct server_info {
    std::string server; ///< Name and version, e.g. "tug/0.1.0".
    std::string hostname;
    std::string os;     ///< "Debian GNU/Linux 12 (bookworm)"
    std::string kernel; ///< "Linux 6.1.0-28-amd64"
    std::string arch;   ///< "x86_64"
    std::string user;   ///< Whom commands run as.
    std::uint64_t cores = 0;
    std::chrono::system_clock::time_point time; ///< The clock of the host.
    std::chrono::milliseconds uptime{0};        ///< Of tugd.
    bool draining = false;                      ///< It is ending.
    load_averages load;
    std::uint64_t memory_total_bytes = 0;
    std::uint64_t memory_available_bytes = 0;
    directory_state root; ///< What is "/" to this client.
    usage_of_limit commands;
    usage_of_limit connections;
    usage_of_limit descriptors;
    usage_of_limit window_bytes;        ///< What peers may send without waiting, over all streams.
    std::optional<usage_of_limit> jobs; ///< Running. Where tugd keeps jobs, as the two below.
    std::optional<usage_of_limit> kept_jobs;
    std::optional<directory_state> state; ///< The directory of the jobs.
    std::string containment; ///< "cgroup" where no command leaves its cgroup unless it is root; else "session".
    bool cgroups = false;    ///< Each command has a cgroup: its memory and processes can be limited.
    std::string lookup;      ///< Of paths: "openat2" or "walk".
    std::string recording;   ///< Of terminal sessions: "off", "keys" or "all".
    /// Each by the name of its flag, with underscores: "max_commands". Times are milliseconds: "grace_ms".
    std::map<std::string, std::uint64_t> limits;
    server_totals totals;
    std::optional<std::chrono::system_clock::time_point> certificate_ends; ///< Nothing where it speaks no TLS.
    std::vector<std::string> rules; ///< What narrows the permissions of this key: "argv0=git", "root".
};

} // namespace tug
