#pragma once

#include "cli/fan/fan_schedule.hpp"
#include "cli/fan/line_merger.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

class option_set;
struct options;

/// What the commands that run on many hosts are told for that: exec, put, get, sync, job start, ping.
struct fan_options {
    /// Hosts that run at once unless told otherwise. A connection is a descriptor, and 1,024 are what a shell gives.
    static constexpr std::uint64_t default_parallel = 256;

    std::vector<std::string> hosts; ///< Empty: the command has one HOST.
    std::uint64_t parallel = default_parallel;
    std::size_t batch = 0; ///< Hosts of one; 0: all.
    bool fail_fast = false;
    bool fold = false;
    bool group = false;

    /// As typed, for take_fan().
    struct typed_values {
        std::vector<std::string> on;
        std::string hosts_file;
        std::string batch;
    } typed;

    /// Whether the command runs on a list of hosts.
    [[nodiscard]] bool many() const noexcept { return !hosts.empty(); }

    [[nodiscard]] merge_order order() const noexcept {
        return fold ? merge_order::folded : group ? merge_order::grouped : merge_order::live;
    }

    [[nodiscard]] fan_schedule::limits limits() const noexcept {
        return {static_cast<std::size_t>(parallel), batch, fail_fast};
    }
};

/// Whether the command can run on many hosts.
[[nodiscard]] bool is_fan_command(std::string_view command);

/// The flags; `has_output`: the command has output that can be merged.
void add_fan(option_set& set, fan_options& o, bool has_output);

/// Takes what was typed, once all of the command is read: reads the file of hosts, and leaves the paths of put, get and
/// sync without a host. Throws usage_error.
void take_fan(options& o);

/// The hosts of one batch: `8`, or `25%` of `hosts`, rounded up. Throws usage_error.
[[nodiscard]] std::size_t batch_of(const std::string& text, std::size_t hosts);

} // namespace tug::cli
