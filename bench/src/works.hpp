#pragma once

#include "target.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tug::bench {

// Each function measures one kind of work and prints its line. All throw std::exception; nothing is printed then.

/// Small calls, see rpc_load.hpp. With `raw` the target is the echo server bench-raw-epoll, by its address.
struct rpc_settings {
    std::size_t connections = 1;
    std::size_t depth = 1;
    std::size_t payload = 64;
    double seconds = 2;
    bool raw = false;
};

void run_rpc(const target& to, const rpc_settings& what);

/// `count` times /bin/true, `depth` in flight on one connection.
void run_exec(const target& to, std::uint64_t count, std::size_t depth);

/// The output of `head -c BYTES /dev/zero`, read and dropped.
void run_output(const target& to, std::uint64_t bytes);

/// `count` jobs of /bin/true, one after the other: how long each takes to start.
void run_jobs(const target& to, std::uint64_t count);

/// All jobs, listed again and again.
void run_job_list(const target& to, std::uint64_t times);

/// All that a job that has ended has kept of its output, and the whole of a file: read and dropped.
void run_attach(const target& to, const std::string& job);
void run_read(const target& to, const std::string& remote);

/// One file there, or back, `times` times; nothing is flushed to the disk. The SDK checks the digest.
void run_put(const target& to, const std::string& local, const std::string& remote, std::uint64_t times);
void run_get(const target& to, const std::string& remote, const std::string& local, std::uint64_t times);

/// All files of a directory there or back, `depth` in flight on one connection.
struct files_settings {
    bool put = true;
    std::string local;  ///< Directory here; for get its files are made.
    std::string remote; ///< Directory there.
    std::size_t depth = 64;
    std::size_t count = 0; ///< For get: the files are named 0 … count-1.
};

void run_files(const target& to, const files_settings& what);

/// stat of `/` on one of the hosts, `depth` in flight, until the time is over.
struct pool_settings {
    std::vector<std::string> hosts;
    std::size_t depth = 8;
    double seconds = 5;
};

void run_pool(const target& to, const pool_settings& what);

/// Opens connections and lets them be: what they cost. With `hold` it prints the line once they are open and keeps them
/// until its stdin ends.
struct idle_settings {
    std::size_t connections = 1000;
    double seconds = 5;
    bool hold = false;
};

void run_idle(const target& to, const idle_settings& what);

} // namespace tug::bench
