#pragma once

#include "jobs/recording.hpp"
#include "process/terminal_ends.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace tug::service {

/// The terminal of a job. Its input types into it and its output reads from it: they share the master.
///
/// The slave stays open on our side until command_ended(): a command may close all its descriptors and open the
/// terminal again (/dev/tty), and until it has ended that is not the end of its output.
///
/// Thread safety: none; use it on its executor.
class terminal {
public:
    /// `record` is null where the session is not recorded. Throws boost::system::system_error where the reactor refuses
    /// the terminal.
    terminal(const boost::asio::any_io_executor& executor, terminal_ends ends,
             std::shared_ptr<recording> record = nullptr);
    terminal(const terminal&) = delete;
    terminal& operator=(const terminal&) = delete;
    ~terminal();

    /// What was read from it, and what was written to it.
    void shown(std::span<const std::byte> bytes);
    void typed(std::span<const std::byte> bytes);

    [[nodiscard]] boost::asio::posix::stream_descriptor& master() noexcept { return master_; }

    /// False where it is closed.
    bool resize(std::uint16_t rows, std::uint16_t cols);

    /// The processes in the foreground get SIGWINCH, also though the size is the same: a program draws its screen again
    /// for one who did not see what it drew before.
    void redraw() noexcept;

    /// What is typed to end the input: the VEOF character, where the program has not turned that off. A line that was
    /// begun needs a second one: the first ends it as it is.
    [[nodiscard]] std::string end_of_input(bool at_line_start);

    /// No process has it open any more. True only after command_ended().
    [[nodiscard]] bool hung_up();

    /// From now on the output ends with the last process that has it open.
    void command_ended() noexcept { slave_.reset(); }

    /// Hangs up: the processes in the foreground get SIGHUP, and those that have it open read its end.
    void close();

private:
    boost::asio::posix::stream_descriptor master_;
    os::unique_fd slave_;
    std::shared_ptr<recording> record_;
};

} // namespace tug::service
