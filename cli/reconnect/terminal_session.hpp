#pragma once

#include "cli/arguments/options.hpp"
#include "cli/commands/followed.hpp"
#include "cli/hosts/invocation.hpp"
#include "cli/local/terminal_escapes.hpp"
#include "cli/local/terminal_modes.hpp"

#include <tug/terminal.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>
#include <string_view>

namespace tug::cli {

/// Whether the command of `o` is driven from the terminal that standard input is.
[[nodiscard]] bool has_keyboard(const options& o);

/// A line of tug itself on a terminal that is raw: no line end becomes one by itself.
void print_raw(std::string_view text);

/// The terminal that a command shall have: as the local one is, 24 by 80 where there is none.
[[nodiscard]] terminal local_terminal();

/// The local end of a command that has a terminal on the host: its keyboard, its size, and the escapes. While it lives
/// the local terminal is raw, where the command has_keyboard(). One at a time.
class terminal_session {
public:
    /// Throws tug::error (local_io).
    terminal_session(const options& o, invocation& s, escape_meaning meaning = escape_meaning::of_command);
    ~terminal_session();

    terminal_session(const terminal_session&) = delete;
    terminal_session& operator=(const terminal_session&) = delete;

    void set_meaning(escape_meaning meaning);

    /// follow_size() tells the size that it has now.
    void tell_size();

    /// Passes on what is typed until the command reads no more or the terminal is gone. Throws tug::error: `cancelled`
    /// where the user leaves by an escape.
    boost::asio::awaitable<void> pass_keys(followed& to);

    /// Tells the command each new size of the terminal, until it is cancelled.
    boost::asio::awaitable<void> follow_size(followed& to);

    /// The user left by an escape, or by Ctrl-C while the connection was lost.
    [[nodiscard]] bool left() const noexcept { return left_; }

    /// By the one that leaves the job as it is.
    [[nodiscard]] bool goes_on() const noexcept { return goes_on_; }

private:
    /// What the user asks of tug itself.
    void obey(escape what);

    invocation& invocation_;
    terminal_escapes escapes_;
    boost::asio::steady_timer resized_; ///< Never due: cancelled by a change.
    bool size_changed_ = false;
    bool left_ = false;
    bool goes_on_ = false;
    std::optional<terminal_modes> modes_; // last: the terminal is restored before the rest goes
};

} // namespace tug::cli
