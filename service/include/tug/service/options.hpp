#pragma once

#include <tug/net/address.hpp>
#include <tug/net/link.hpp>
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

/// What a server is made with. Every limit is here, with its default; a limit of 0 is refused by the server, it never
/// means "unlimited".
struct options {
    std::vector<net::address> listen{{"127.0.0.1", net::default_port, ""}}; ///< Port 0 picks a free one.
    std::string root = ".";                                                 ///< The directory that clients see as "/".
    unsigned threads = 0;                                                   ///< I/O threads; 0: one for each core.
    unsigned file_threads = 8; ///< Threads for work that blocks: files, and starting processes.

    proto::limits limits; ///< Of a connection: frame sizes, window of a stream, calls in flight.
    net::patience patience;

    std::chrono::milliseconds opening_time{10'000};    ///< From accept to the end of the login.
    std::chrono::milliseconds failed_login_delay{250}; ///< Before a failed login is answered.
    std::chrono::milliseconds grace{10'000};           ///< For calls in flight when the server is stopped.

    std::size_t connections = 12'000;      ///< At once; one more is told `busy`.
    std::size_t strangers = 256;           ///< Not logged in, at once; the oldest makes room.
    std::size_t strangers_per_source = 32; ///< Of one address; loopback and Unix sockets are exempt.
    std::size_t commands = 256;            ///< Running at once, over all connections.

    /// Where each command gets a cgroup (v2) of its own: "auto" is below that of this process, where it can be written;
    /// "off" is nowhere; else a directory of cgroup v2, which the server must be able to use.
    std::string cgroup = "auto";

    std::optional<file_limit> child_open_files; ///< Of commands, where it is not to be the daemon's own.
    std::optional<file_limit> child_core_size;  ///< Likewise.
};

} // namespace tug::service
