#pragma once

#include <tug/proto/error.hpp>

#include <boost/asio/io_context.hpp>

#include <sys/types.h>

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

namespace tug::service {

/// The program that runs, whatever has become of its file: an upgrade may have replaced it.
inline constexpr const char* own_program = "/proc/self/exe";

/// How a helper is started; see helper_main().
struct helper_start {
    std::string program = own_program;  ///< It must call helper_main() first of all.
    std::string mode;                   ///< What the helper does.
    std::vector<int> descriptors;       ///< All that it has, beside 0, 1 and 2, under the same numbers.
    std::vector<std::string> arguments; ///< These follow the numbers of the descriptors.
    bool keeps_stderr = false;          ///< It ends with this process: its last words come where ours do.
    bool forks = false;                 ///< The libraries, too, are bound at its start, not in each that it forks.
};

/// A process of the daemon's own. It is a child of the thread that started it, which must not be the main thread (see
/// orphans.hpp) and must outlive it. Not thread safe.
class helper_process {
public:
    /// Precondition: `pid` is such a child, and is reaped here alone.
    explicit helper_process(pid_t pid) : pid_(pid) {}

    helper_process(helper_process&&) = default;
    helper_process& operator=(helper_process&&) = delete;

    /// Leaves it alone.
    ~helper_process() = default;

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }

    /// Reaps it where it has ended; does not wait. True from then on.
    bool reap_if_ended() noexcept;

    /// Waits for its own end, and ends it by SIGKILL where it takes longer.
    void end_within(std::chrono::milliseconds most);

    /// Ends it by SIGKILL and waits for that.
    void kill();

private:
    pid_t pid_;
    bool ended_ = false;
};

/// Starts helpers. Thread safe.
class helper_starter {
public:
    /// Returns once the program is executing. 0, 1 and, unless it keeps stderr, 2 of the helper are /dev/null; it
    /// inherits environment, limits and signal mask of the thread.
    [[nodiscard]] proto::result<helper_process> start(const helper_start& how);

private:
    /// The library tells the io_context of each fork, and its child waits for ever where another thread holds a lock of
    /// the context then: so nothing is registered there beyond a start.
    std::mutex mutex_;
    boost::asio::io_context io_{1};
};

} // namespace tug::service
