#pragma once

#include "support/program.hpp"
#include "support/temp_dir.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tug::test {

/// A real tugd. It returns from its constructor when it accepts connections.
/// Destroying it ends it by SIGTERM.
class tugd_process {
public:
    /// Starts `tugd` with these arguments and waits for the line of each of its `listeners`.
    explicit tugd_process(std::vector<std::string> arguments, const environment& env = {}, std::size_t listeners = 1);

    ~tugd_process();

    /// What it listens on, in the order of its lines: "127.0.0.1:40123", "unix:PATH".
    [[nodiscard]] const std::vector<std::string>& addresses() const noexcept { return addresses_; }

    /// The first of them.
    [[nodiscard]] const std::string& address() const { return addresses_.at(0); }

    /// The port of the first of them.
    [[nodiscard]] std::string port() const;

    [[nodiscard]] program& it() noexcept { return *program_; }

    /// What it has logged. That goes to a file: a pipe that no test reads would hold it up.
    [[nodiscard]] std::string log() const;

    /// Ends it by SIGTERM. The exit code. Its log is whole then.
    int stop();

private:
    temp_dir own_;
    std::unique_ptr<program> program_;
    std::vector<std::string> addresses_;
    bool stopped_ = false;
};

/// What most tests of the binaries need: a tugd on loopback and on a Unix socket, with a root and one key, made by
/// `tug keygen`, for everything.
class tugd_fixture {
public:
    tugd_fixture();

    /// Runs `tug` with these arguments, and TUG_ADDRESS and TUG_KEY_FILE set.
    [[nodiscard]] run_result tug(std::vector<std::string> arguments, std::string_view input = {},
                                 const environment& extra = {});

    /// Starts it likewise.
    [[nodiscard]] program start_tug(std::vector<std::string> arguments, const environment& extra = {},
                                    standard_fds fds = {});

    /// The path of a file in the root of tugd.
    [[nodiscard]] std::string in_root(std::string_view name) const { return root_ / name; }

    temp_dir local;     ///< For files of the test.
    std::string keys;   ///< The key file.
    std::string socket; ///< The path of the Unix socket.

private:
    temp_dir root_;

public:
    tugd_process daemon;
};

} // namespace tug::test
