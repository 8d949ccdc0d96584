#pragma once

#include "pinned_process.hpp"

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace tug::service {

/// Processes that are stopped in order to be killed. None stays stopped: they are killed at the latest at the end of
/// this object, whatever becomes of its owner. Blocks for moments; not thread safe.
class stopped_processes {
public:
    stopped_processes() = default;
    stopped_processes(const stopped_processes&) = delete;
    stopped_processes& operator=(const stopped_processes&) = delete;

    ~stopped_processes() { kill(); }

    [[nodiscard]] bool empty() const noexcept { return all_.empty(); }

    /// Stops those that are not stopped yet; false where there was none.
    bool add(const std::vector<proc_stat>& targets);

    /// False where this process may signal none of them.
    bool kill() noexcept;

    /// Waits for the end of those that were killed, at most 100 ms: then another look tells what became of them.
    void await_end() const;

private:
    std::vector<pinned_process> all_;
    std::set<std::pair<pid_t, std::uint64_t>> known_; ///< Pid and start time.
};

} // namespace tug::service
