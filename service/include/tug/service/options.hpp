#pragma once

#include <tug/net/address.hpp>
#include <tug/net/link.hpp>
#include <tug/proto/exec_messages.hpp>
#include <tug/proto/limits.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tug::service {

/// A limit on open files as setrlimit(2) takes it.
struct file_limit {
    std::uint64_t soft = 0;
    std::uint64_t hard = 0;
};

/// Failed logins of one source (an IPv4 address, the first 64 bits of an IPv6 address): after so many without a good
/// one in between, its connections are refused (`rate_limited`) for a time that doubles with each further failure.
struct failed_logins {
    unsigned most = 5;                      ///< Failures before the first penalty.
    std::chrono::milliseconds first{1'000}; ///< The first penalty …
    std::chrono::milliseconds last{
        300'000};                ///< … and the longest. A source that fails no more for twice that is forgotten.
    std::size_t sources = 4'096; ///< Sources remembered at once.
};

/// Where terminal sessions are recorded, each as a file in the format asciicast v2 that only the user of tugd may read.
struct recording_options {
    std::string directory;   ///< Empty: nowhere, and keys with `record` can start no terminal.
    bool all = true;         ///< Every terminal session; else those alone whose key says `record`.
    bool with_input = false; ///< What is typed as well, passwords too.
    std::uint64_t session_bytes = 64 * 1024 * 1024; ///< Of one file. A session that shows more goes on; that is said.
    std::uint64_t all_bytes = 1024 * 1024 * 1024;   ///< Of all files; the oldest make room.
};

/// What a server is made with. Every limit is here, with its default; a limit of 0 is refused by the server, it never
/// means "unlimited".
struct options {
    std::vector<net::address> listen{{"127.0.0.1", net::default_port, ""}}; ///< Port 0 picks a free one.
    /// Where plain HTTP tells machines how it goes: /healthz, /readyz, /metrics. Nowhere where it is absent.
    std::optional<net::address> metrics;
    bool require_tls = false;     ///< Refuses to listen plain anywhere but on Unix sockets.
    bool allow_plaintext = false; ///< Plain TCP also on addresses that others can reach: they can read and change all.
    std::string root = ".";       ///< The directory that clients see as "/".
    unsigned threads = 0;         ///< I/O threads; 0: one for each core.
    unsigned file_threads = 8;    ///< Threads for work that blocks: files. Half of them at most for one connection.
    unsigned start_threads = 8;   ///< Threads that start commands; likewise.

    std::chrono::seconds keep_partial{86'400}; ///< So long an interrupted put can be gone on with.

    proto::limits limits; ///< Of a connection: frame sizes, window of a stream, calls in flight.
    std::uint64_t max_window = proto::max_window;   ///< What the window of a stream grows to on a long link.
    std::uint64_t max_buffered = 512 * 1024 * 1024; ///< No window grows beyond what all of them have together.
    net::timeouts timeouts;

    std::chrono::milliseconds opening_time{10'000};    ///< From accept to the end of the login.
    std::chrono::milliseconds failed_login_delay{250}; ///< Before a failed login is answered.
    std::chrono::milliseconds grace{10'000};           ///< For calls in flight when the server is stopped.

    std::size_t connections = 12'000;            ///< At once; one more is told `busy`.
    std::size_t unauthenticated = 256;           ///< Not logged in, at once; the oldest makes room.
    std::size_t unauthenticated_per_source = 32; ///< Of one source; the oldest of it makes room.
    std::size_t commands = 256;                  ///< Running at once, over all connections; one more is `busy`.
    proto::exec_limits command;                  ///< Sizes of one command.

    failed_logins bad_logins; ///< What happens to a source whose logins fail.
    /// Limits per source also for loopback addresses and Unix sockets (by uid). Off: all of this host is exempt.
    bool limit_loopback = false;

    /// Where a line on each login and call goes: "log" (the logger, level info), "off", "stderr", "-" (standard
    /// output), or the name of a file, which is made with mode 0600. See server::reopen_audit().
    std::string audit = "log";

    /// Whom commands run as: NAME or UID, each also with :GROUP or :GID; empty: as the server. The server must be root.
    /// Files are put and got as the server whatever stands here.
    std::string exec_user;

    /// Where each command gets a cgroup (v2) of its own: "auto" is below that of this process, where it can be written;
    /// "off" is nowhere; else a directory of cgroup v2, which the server must be able to use.
    std::string cgroup = "auto";

    /// Where jobs are kept: a directory that belongs to the user of the server, made where it is missing. Empty: there
    /// are no jobs. What they run as, and what they wrote, is in it.
    std::string state_dir;
    std::size_t jobs = 256;                             ///< Running at once; one more is `busy`.
    std::size_t kept_jobs = 4'096;                      ///< Running, or ended and not removed; one more is `busy`.
    std::uint64_t job_bytes = std::uint64_t{64} << 30U; ///< That all jobs may keep together; beyond it is `no_space`.
    /// The program that holds a job: it must be tugd, or call service::helper_main() first of all. Empty: this program.
    std::string helper_program;
    proto::resource_limits most_resources; ///< What a command may have at most, and has where it asks for none.
    recording_options recording;

    /// Where clients may connect to, and listen, where there are no keys: rules as `connect=` and `listen=` of a key.
    /// None: nowhere. A key has its own.
    std::vector<std::string> allow_connect;
    std::vector<std::string> allow_listen;

    /// Peers that are proxies: an address, or a network as 10.0.0.0/8. What they send begins with a PROXY header of
    /// version 2, which says who the client is; without one they are refused. From other peers none is taken.
    std::vector<std::string> proxy_from;

    std::optional<file_limit> child_open_files; ///< Of commands, where it is not to be the daemon's own.
    std::optional<file_limit> child_core_size;  ///< Likewise.
};

} // namespace tug::service
