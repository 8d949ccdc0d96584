#pragma once

#include <tug/os/unique_fd.hpp>

#include <tug/proto/error.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace tug::service {

/// Whom a line_writer tells of lines that are lost, on its thread. Either may be empty; neither may throw.
struct loss_listener {
    std::function<void(std::uint64_t lines, const std::string& why)>
        lost;                                        ///< The first; once until lines go out again.
    std::function<void(std::uint64_t lost)> resumed; ///< So many in all, by now.
};

/// Writes lines to a file, a pipe or a terminal, on a thread of its own: the thread that adds a line never waits for a
/// disk or a reader. Each line is one write(2) to a descriptor in append mode, and short enough that a pipe takes it
/// whole.
///
/// What waits is bounded. Lines that find no room, or that cannot be written, are lost and counted; the first of them
/// is told to a listener, where there is one, and as soon as lines go out again, a line says how many were lost.
/// Thread safe.
class line_writer {
public:
    /// PIPE_BUF of Linux: the most that a pipe takes in one piece, the newline included.
    static constexpr std::size_t longest = 4096;

    /// What waits at once, in bytes.
    static constexpr std::size_t most_waiting = 4 * 1024 * 1024;

    /// Opens (makes, with mode 0600) the file of that name; a symlink is refused. `stderr` and `-` stand for the
    /// standard streams. Fails with io_error that names it.
    [[nodiscard]] static proto::result<std::unique_ptr<line_writer>> open(const std::string& name,
                                                                          loss_listener listener = {});

    /// Writes what waits; gives up after a second without a reader.
    ~line_writer();
    line_writer(const line_writer&) = delete;
    line_writer& operator=(const line_writer&) = delete;

    /// `line` is without its newline. Precondition: it is shorter than `longest`.
    void add(std::string line);

    /// Opens the file by its name again, for what has been renamed. Where that fails the old one is kept. False: it is
    /// a standard stream, and stays as it is.
    [[nodiscard]] proto::result<bool> reopen();

    /// Whether a line that was added has not been written yet.
    [[nodiscard]] bool waits() const;

    /// Lines lost so far.
    [[nodiscard]] std::uint64_t lost() const;

private:
    struct target {
        os::unique_fd own;
        int fd = -1;
    };

    line_writer(std::string name, std::shared_ptr<const target> to, loss_listener listener);

    [[nodiscard]] static proto::result<std::shared_ptr<const target>> open_target(const std::string& name);
    void run();
    void put(const std::string& line);
    [[nodiscard]] int write_once(const std::string& line);
    [[nodiscard]] bool await_room(int fd);
    void report(std::uint64_t lost_now, const std::string& why);

    const std::string name_;
    const loss_listener listener_;

    mutable std::mutex mutex_;
    std::condition_variable added_;
    std::deque<std::string> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::shared_ptr<const target> target_;
    std::uint64_t lost_ = 0;
    bool closing_ = false;
    std::chrono::steady_clock::time_point give_up_; ///< Where it is closing: when the writer gives up.

    // Of the thread alone:
    std::uint64_t told_ = 0;             ///< Lost lines that a line has told of.
    bool told_lost_ = false;             ///< The listener knows that lines are being lost.
    std::shared_ptr<const target> torn_; ///< Where the last write was cut short: its line has no end yet.

    std::thread thread_; ///< The last member: it uses the others.
};

} // namespace tug::service
