#pragma once

#include "jobs/recording.hpp"
#include "tug/service/options.hpp"
#include <tug/os/unique_fd.hpp>

#include <tug/net/blocking_pool.hpp>
#include <tug/proto/error.hpp>
#include <tug/proto/exec_messages.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tug::service {

/// A recording whose file is made and locked; nothing is in it yet. Another process may write it.
struct new_recording {
    std::string name; ///< Of the file, without its directory.
    os::unique_fd file;
    std::string header; ///< The first line.
    recording::settings how;
};

/// The directory of the recordings of a server. Files have mode 0600 and names that sort by their time:
/// `20261128T210455Z-KEY-<8 hex>.cast`. Before a new one is begun, the oldest make room for all that it may become; one
/// that is still written to (it is locked) stays. Thread safe.
class recordings {
public:
    /// Makes the directory, with mode 0700, where it is missing. Fails as the OS says.
    [[nodiscard]] static proto::result<std::unique_ptr<recordings>> open(const recording_options& how);

    recordings(os::unique_fd directory, const recording_options& how) : directory_(std::move(directory)), how_(how) {}

    /// Waits until all is written. No recording may be used any more.
    void join() { writers_.join(); }

    /// Begins one. `subject` is what runs, for people. A session that cannot be recorded must not begin: the failure
    /// says why. May block.
    [[nodiscard]] proto::result<new_recording> begin(std::string_view key_id, std::string_view subject,
                                                     const proto::terminal_params& size, bool with_input);

    /// Writes it, on the threads of this object.
    [[nodiscard]] std::shared_ptr<recording> write(new_recording begun);

    /// Removes one of which nothing was recorded: its session did not begin.
    void drop(const std::string& name) noexcept;

private:
    void make_room() const;

    os::unique_fd directory_;
    const recording_options how_;
    net::blocking_pool writers_{1}; ///< A disk that hangs holds recordings alone.
};

} // namespace tug::service
