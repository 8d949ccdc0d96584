#pragma once

#include "process/helper_process.hpp"
#include <tug/os/unique_fd.hpp>

#include <sys/types.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tug::service {

/// A process of this program that forks helpers: it was started once, by Boost.Process, and has loaded and linked what
/// they need, which takes most of the time of a start. It has one thread, so that what it forks may go on without an
/// exec, and ends with this process, however that ends.
///
/// Helpers are its siblings, not its children (CLONE_PARENT): of the thread that called start() first, which must not
/// be the main thread (see orphans.hpp) and must outlive them. So that thread learns how they ended, and what becomes
/// of the fork server changes nothing for them. Not thread safe.
class fork_server {
public:
    /// `program` serves as helper_start::program; `mode` and `arguments` are those of the helpers, see helper_start.
    fork_server(std::string program, std::string mode, std::vector<std::string> arguments)
        : program_(std::move(program)), mode_(std::move(mode)), arguments_(std::move(arguments)) {}

    fork_server(const fork_server&) = delete;
    fork_server& operator=(const fork_server&) = delete;

    /// Ends it.
    ~fork_server() { stop(); }

    /// A helper that has a copy of that descriptor, and 0, 1 and 2 as the fork server has them: /dev/null, and stderr
    /// of this process. Starts the fork server where there is none.
    ///
    /// Where it fails the helper may run all the same, with that descriptor, and nothing else is known of it: what may
    /// happen once only must be told to it later, over another end of the descriptor, which is closed for that.
    /// connection_lost says that the fork server has ended meanwhile: the next call starts another one.
    [[nodiscard]] proto::result<pid_t> start(int descriptor);

    /// To be called where its caller has reaped it.
    void forget();

    /// -1 where there is none.
    [[nodiscard]] pid_t pid() const noexcept { return process_ ? process_->pid() : -1; }

private:
    [[nodiscard]] proto::result<void> start_server();
    [[nodiscard]] std::optional<int> ask(int descriptor) const;
    void stop();

    std::string program_;
    std::string mode_;
    std::vector<std::string> arguments_;
    helper_starter starter_;
    std::optional<helper_process> process_;
    os::unique_fd requests_;
};

/// What a helper does, by its mode, and its exit code.
using helper_function = int (*)(std::string_view mode, std::span<char*> arguments);

/// The helper_start::mode of a fork server, and its work. Its arguments: the socket on which descriptors come, and mode
/// and arguments of the helpers. The helpers end with what their function returns, by _exit().
inline constexpr std::string_view fork_mode = "fork";
[[nodiscard]] int fork_main(std::span<char*> arguments, helper_function run);

} // namespace tug::service
