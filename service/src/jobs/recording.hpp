#pragma once

#include "jobs/utf8_stream.hpp"
#include <tug/os/unique_fd.hpp>

#include <tug/net/blocking_pool.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace tug::service {

/// A terminal session that is written to a file in the format asciicast v2, as it comes: a header, and a line for what
/// was shown, typed and for each new size, with its time.
///
/// It never holds the session up. A thread of a pool writes; what a slow disk does not take in time is left out, and a
/// full disk or the limit of the file ends the recording: a marker in the file says so wherever one can be written.
///
/// Thread safe.
class recording final : public std::enable_shared_from_this<recording>, net::blocking_pool::job {
public:
    /// How much waits for the disk at most, in bytes.
    static constexpr std::size_t most_waiting = 4 * 1024 * 1024;

    struct settings {
        std::uint64_t most_bytes; ///< Of the file.
        bool with_input;
    };

    /// `file` is new and empty; `header` is the first line. The pool must be joined before it goes.
    recording(std::string name, os::unique_fd file, std::string header, const settings& how,
              net::blocking_pool& writers);

    /// Of the file, without its directory.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    void shown(std::span<const std::byte> bytes);
    void typed(std::span<const std::byte> bytes);
    void resized(std::uint16_t rows, std::uint16_t cols);

    /// Nothing follows.
    void finish();

private:
    void event(char kind, std::string_view text);
    void add(std::string line);
    void run() noexcept override;

    const std::string name_;
    const os::unique_fd file_;
    const settings how_;
    net::blocking_pool& writers_;
    const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();

    std::mutex mutex_; ///< Of all below.
    utf8_stream shown_;
    utf8_stream typed_;
    std::string waiting_;
    std::uint64_t written_ = 0;       ///< With what waits.
    bool ended_ = false;              ///< By its limit or by an error.
    bool lossy_ = false;              ///< What came last was left out.
    std::shared_ptr<recording> self_; ///< While a thread is to write.
};

} // namespace tug::service
