#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace tug::test {

/// How long a test waits for what must happen; long enough for a sanitizer build on a busy machine.
inline constexpr std::chrono::seconds bound{60};

/// Variables on top of the environment of the test, which is passed on without its TUG_*.
using environment = std::map<std::string, std::string>;

/// Descriptors that take the place of the pipes; -1 keeps the pipe. The caller keeps and closes them.
struct standard_fds {
    int in = -1;
    int out = -1;
    int err = -1;
};

/// A real program with pipes on its standard streams. What it writes is collected all the time that a test waits for
/// it, so it is never held up. Every wait has `bound`, then the program is killed and std::runtime_error thrown.
/// Destroying it kills a program that still runs.
class program {
public:
    /// argv[0] without a slash is one of the built binaries: "tug", "tugd"; else it is a path.
    explicit program(std::vector<std::string> argv, const environment& env = {}, standard_fds fds = {});
    ~program();
    program(program&& other) noexcept;

    [[nodiscard]] pid_t pid() const;

    /// The next line of stdout without its end. Throws where stdout ends before.
    [[nodiscard]] std::string read_line();

    /// Waits until stdout, from where the last read_line() ended, or stderr has that text.
    void await_out(std::string_view text);
    void await_err(std::string_view text);

    /// Writes everything to stdin, however slowly the program reads. False where it reads no more.
    bool write(std::string_view text);
    void close_stdin();

    void signal(int number);

    /// Waits for the end, and for the end of its output. The exit code, 128+n where signal n ended it.
    int wait();

    /// After wait(): the signal that ended it, 0 where it exited by itself.
    [[nodiscard]] int ended_by() const;

    /// wait(), which must not take longer than `most`.
    int wait(std::chrono::milliseconds most);

    /// All of what it wrote so far.
    [[nodiscard]] const std::string& out() const;
    [[nodiscard]] const std::string& err() const;

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

/// A program that ran.
struct run_result {
    int exit_code; ///< 128+n where signal n ended it.
    std::string out;
    std::string err;
};

/// Runs a program with that on its stdin, to its end.
[[nodiscard]] run_result run(std::vector<std::string> argv, std::string_view input = {}, const environment& env = {});

} // namespace tug::test
