#pragma once

#include <tug/error.hpp>

#include <boost/json/object.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tug::cli {

/// What became of a command on one of many hosts.
struct host_outcome {
    enum class state {
        not_begun, ///< After a failure or a signal no more hosts begin.
        ended,     ///< The command, or the call, came to its end.
        failed,    ///< Not so: `why` says it.
    };

    state how = state::not_begun;
    int code = 0;     ///< What tug would exit with, were this the only host.
    std::string what; ///< For a person, in a few words: "exited", "signal KILL", "1.2 MiB".
    boost::json::object result;
    std::optional<failure> why;
    std::chrono::duration<double> took{0};

    [[nodiscard]] bool well() const noexcept { return how == state::ended && code == 0; }
};

/// The exit code of all: the worst. From best to worst: 0; another code of a command, the greater the worse; a signal
/// that ended it (128+n); 124, no time left; 126 and 127, it could not be run; 125, tug or the connection failed.
[[nodiscard]] int worst_code(std::span<const host_outcome> all);

/// A line for each host under a head, and one that counts them. `hosts` are their names, as many as outcomes.
[[nodiscard]] std::string outcome_table(const std::vector<std::string>& hosts, std::span<const host_outcome> all);

/// The object that --json prints of a host when it has ended.
[[nodiscard]] boost::json::object to_json(const std::string& host, const host_outcome& how);

} // namespace tug::cli
