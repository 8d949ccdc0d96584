#pragma once

#include "nats/queue_link.hpp"

#include <tug/connect_options.hpp>

#include <CLI/CLI.hpp>

#include <string>

namespace tug::worker {

/// The flags that say where the queue is.
void add_queue_flags(CLI::App& app, queue_options& to);

/// How hosts are reached, as flags say it; those of tug have the same names.
struct host_flags {
    std::string key_file;
    std::string key_id;
    bool any_reader = false;
    bool tls = false;
    std::string tls_ca;
    std::string tls_server_name;
    std::string tls_cert;
    std::string tls_key;

    void add_to(CLI::App& app);
    /// Reads the key file. Throws tug::error.
    [[nodiscard]] connect_options options() const;
};

/// A number of seconds, also 0.5, as milliseconds.
CLI::Option* add_seconds(CLI::App& app, const std::string& flag, std::chrono::milliseconds& to,
                         const std::string& about);

/// Runs `what` and prints what it throws as `NAME: text`: the exit code, 1 for that.
int guarded(const char* name, const std::function<int()>& what);

} // namespace tug::worker
