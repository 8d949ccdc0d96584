#pragma once

#include <tug/chunk.hpp>
#include <tug/command.hpp>
#include <tug/detail/calls.hpp>
#include <tug/detail/initiate.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tug {

enum class output_stream { out, err };

/// A piece of a command's output, or its end.
class output {
public:
    /// The end of both streams.
    output() = default;

    output(output_stream from, chunk piece) : from_(from), piece_(std::move(piece)) {}

    /// Both streams have ended.
    [[nodiscard]] bool end() const noexcept { return piece_.empty(); }

    /// Precondition: !end().
    [[nodiscard]] output_stream from() const noexcept { return from_; }

    [[nodiscard]] std::string_view text() const noexcept { return piece_.text(); }

    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return piece_.bytes(); }

    [[nodiscard]] chunk take() noexcept { return std::move(piece_); }

private:
    output_stream from_ = output_stream::out;
    chunk piece_;
};

/// A command that runs, made by client::start(). Destroying one that has not ended cancels it: tugd then ends its whole
/// process tree. It does not keep the client's connection: with the client it ends too.
///
/// Tokens, errors and threads: as client. Calls fail with what kept the command from running at all (exec_not_found,
/// …), connection_lost, cancelled. One call at a time reads, and one at a time writes.
class process {
public:
    process() = default;
    explicit process(std::shared_ptr<detail::process_state> state) noexcept;
    process(process&& other) noexcept;
    process& operator=(process&& other) noexcept;
    ~process();

    /// Waits until the program runs, and gives its pid on the host. Fails with what kept it from running. Precondition:
    /// command::report_start(); without it the call waits for the end of the command, and is unsupported.
    template <detail::token_for<std::int64_t> Token = detail::default_token>
    [[nodiscard]] auto started(Token&& token = Token()) {
        return detail::initiate(detail::started(state_), state_, std::forward<Token>(token));
    }

    /// The next piece of either stream. Output that is not read holds the command up once about 1 MiB waits.
    /// Cancellation stops the wait and nothing else; no output is lost.
    template <detail::token_for<output> Token = detail::default_token>
    [[nodiscard]] auto read(Token&& token = Token()) {
        return detail::initiate(detail::read(state_), state_, std::forward<Token>(token));
    }

    /// The next piece of that stream; empty at its end.
    template <detail::token_for<chunk> Token = detail::default_token>
    [[nodiscard]] auto read_out(Token&& token = Token()) {
        return detail::initiate(detail::read_out(state_), state_, std::forward<Token>(token));
    }

    template <detail::token_for<chunk> Token = detail::default_token>
    [[nodiscard]] auto read_err(Token&& token = Token()) {
        return detail::initiate(detail::read_err(state_), state_, std::forward<Token>(token));
    }

    /// Sends all of it to stdin, as fast as the command reads. False where the command reads no more or has ended.
    /// Precondition: command::with_stdin(). When cancelled, an unknown part has been sent.
    template <detail::token_for<bool> Token = detail::default_token>
    [[nodiscard]] auto write(const std::string& bytes, Token&& token = Token()) {
        return detail::initiate(detail::write(state_, chunk::copy_of(bytes)), state_, std::forward<Token>(token));
    }

    template <detail::token_for<bool> Token = detail::default_token>
    [[nodiscard]] auto write(chunk bytes, Token&& token = Token()) {
        return detail::initiate(detail::write(state_, std::move(bytes)), state_, std::forward<Token>(token));
    }

    /// End of file on stdin, behind what was written. No write() may be under way.
    void close_stdin();

    /// Sends a signal to the process group, by its name without SIG: "INT" (see <tug/signals.hpp>). Fails with
    /// not_found where the command has ended already.
    template <detail::token_for<void> Token = detail::default_token>
    [[nodiscard]] auto signal(std::string name, Token&& token = Token()) {
        return detail::initiate(detail::signal(state_, std::move(name)), state_, std::forward<Token>(token));
    }

    /// Gives its terminal another size, at least 1 by 1; the program gets SIGWINCH. Fails with not_found where the
    /// command has ended already. Precondition: command::terminal().
    template <detail::token_for<void> Token = detail::default_token>
    [[nodiscard]] auto resize(std::uint16_t rows, std::uint16_t cols, Token&& token = Token()) {
        return detail::initiate(detail::resize(state_, rows, cols), state_, std::forward<Token>(token));
    }

    /// Wants no more output: both pipes are closed, a command that goes on writing gets SIGPIPE; a terminal is hung up.
    /// Reads end.
    void stop_output();

    /// Drops all output from now on, for a command whose output is not wanted. Reads end.
    void discard_output();

    /// Asks tugd to end it. wait() then returns the result: exec_reason::cancelled, unless it ended in another way
    /// first, with exec_result::survivors, the processes that the kernel holds. It throws cancelled where the command
    /// was not started yet, and timed_out where tugd does not answer within 10 s beyond command::grace(): then it may
    /// still run. Idempotent.
    void cancel();

    /// How it ended. Output has to be read first, or stopped, or discarded: a command that is held up never ends.
    /// Cancellation stops the wait and nothing else. It may be called again.
    template <detail::token_for<exec_result> Token = detail::default_token>
    [[nodiscard]] auto wait(Token&& token = Token()) {
        return detail::initiate(detail::wait(state_), state_, std::forward<Token>(token));
    }

private:
    std::shared_ptr<detail::process_state> state_;
};

} // namespace tug
