#pragma once

#include "worker/nats/queue_link.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tug::worker {

struct submit_options {
    std::string name; ///< Empty: one is made up.
    std::optional<std::string> cwd;
    std::optional<std::string> shell;
    std::optional<std::string> user;
    std::vector<std::string> env;    ///< NAME=VALUE.
    std::vector<std::string> limits; ///< NAME=NUMBER, as PROTOCOL.md names them.
    std::optional<std::chrono::milliseconds> timeout;
    std::vector<std::string> in;  ///< LOCAL:PATH.
    std::vector<std::string> out; ///< Paths of the host.
    std::string from;             ///< A file with a request in each line, or "-".
    std::vector<std::string> argv;
    bool json = false;
};

struct result_options {
    std::string name;
    bool wait = false;
    bool json = false;
    std::string fetch; ///< A directory for the output files; empty: none.
};

/// Brings requests into the queue; returns once its server has them. Throws nats_error, and std::runtime_error for what
/// was typed.
int submit(queue_link& queue, const submit_options& o);

/// Prints the jobs of the queue: those that wait, those that run and where, those that are over.
int list(queue_link& queue, bool json);

/// Prints how a job ended and returns as it did.
int show_result(queue_link& queue, const result_options& o);

} // namespace tug::worker
