#pragma once

#include "tug/proto/described.hpp"
#include "tug/proto/exec_messages.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::proto {

// The messages of `rpc.info`.

struct info_params : described_params<info_params> {
    static constexpr std::string_view method = "rpc.info";
    std::optional<std::uint64_t> timeout_ms;
};

/// How much is in use of what has a limit.
struct usage_figures {
    std::uint64_t used = 0;
    std::uint64_t allowed = 0;

    friend bool operator==(const usage_figures&, const usage_figures&) = default;
};

/// The average number of processes that run or wait for a disk, in hundredths, over the last 1, 5 and 15 minutes.
struct load_figures {
    std::uint64_t minutes_1 = 0;
    std::uint64_t minutes_5 = 0;
    std::uint64_t minutes_15 = 0;

    friend bool operator==(const load_figures&, const load_figures&) = default;
};

struct memory_figures {
    std::uint64_t total_bytes = 0;
    std::uint64_t available_bytes = 0;

    friend bool operator==(const memory_figures&, const memory_figures&) = default;
};

/// A directory of the server, and the file system that it is on.
struct directory_figures {
    std::string error; ///< The name of an errno where it cannot be used; the rest is then unknown.
    bool writable = false;
    std::uint64_t total_bytes = 0;
    std::uint64_t available_bytes = 0; ///< To a user without privileges.
    std::uint64_t files_total = 0;     ///< Inodes; 0 where the file system makes them as it needs them.
    std::uint64_t files_free = 0;

    friend bool operator==(const directory_figures&, const directory_figures&) = default;
};

/// What has happened since the server was started.
struct total_figures {
    std::uint64_t calls = 0;        ///< Answered.
    std::uint64_t failed_calls = 0; ///< Of these, those that were answered by an error.
    std::uint64_t received_bytes = 0;
    std::uint64_t sent_bytes = 0;
    std::uint64_t commands = 0; ///< That have ended.
    std::uint64_t connections = 0;
    std::uint64_t refused_connections = 0;
    std::uint64_t failed_logins = 0;
    std::uint64_t cpu_us = 0; ///< Of the server, without its commands.

    friend bool operator==(const total_figures&, const total_figures&) = default;
};

enum class path_lookup { walk, openat2 };
enum class recording_rule { off, keys, all };

/// "walk" or "openat2"; "off", "keys" or "all".
[[nodiscard]] std::string_view name_of(path_lookup by) noexcept;
[[nodiscard]] std::string_view name_of(recording_rule which) noexcept;

/// How a server is. Nothing in it is secret: no path of the host, no key, no name that a client chose.
struct info_result : described_result<info_result> {
    std::string server; ///< Name and version, e.g. "tug/0.1.0".
    std::string hostname;
    std::string os;     ///< "Debian GNU/Linux 12 (bookworm)"; that of the kernel where the host does not say.
    std::string kernel; ///< "Linux 6.1.0-28-amd64"
    std::string arch;   ///< "x86_64"
    std::string user;   ///< Whom commands run as.
    std::uint64_t cores = 0;
    std::uint64_t time_ms = 0; ///< The clock of the host, since the epoch.
    std::uint64_t uptime_ms = 0;
    bool draining = false;
    load_figures load;
    memory_figures memory;
    directory_figures root; ///< What is "/" to the caller.
    usage_figures commands;
    usage_figures connections;
    usage_figures descriptors;
    usage_figures window_bytes;        ///< What peers may send without waiting, over all streams.
    std::optional<usage_figures> jobs; ///< Running. Where the server keeps jobs, as the two below.
    std::optional<usage_figures> kept_jobs;
    std::optional<directory_figures> state;
    containment contained_by = containment::session; ///< As in the result of exec.
    bool cgroups = false; ///< Each command has a cgroup: its memory and processes can be limited.
    path_lookup lookup = path_lookup::walk;
    recording_rule recording = recording_rule::off; ///< Of terminal sessions.
    std::map<std::string, std::uint64_t> limits;
    total_figures totals;
    std::optional<std::uint64_t> certificate_ends_ms; ///< Since the epoch; nothing where the server speaks no TLS.
    std::vector<std::string> rules; ///< What narrows the permissions of the caller's key, as the key file has it.
};

} // namespace tug::proto
