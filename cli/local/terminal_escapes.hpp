#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tug::cli {

/// What the user asks of tug itself while what is typed goes to a terminal on the host.
enum class escape { none, leave, suspend, help, detach };

/// What becomes of the command where the user leaves.
enum class escape_meaning {
    of_command, ///< It ends with its connection.
    of_job,     ///< It goes on.
    of_shell,   ///< It ends, unless the user detaches.
};

/// Finds the escapes in what is typed, as ssh(1) has them: the escape character directly behind a line end, or first of
/// all, then `.` (leave), Ctrl-Z (suspend), `?` (help), in a job `d` (detach), or the character again, which stands for
/// itself. Before anything else the character is passed on as it was typed. No I/O.
class terminal_escapes {
public:
    static constexpr char usual = '~';

    /// No `character`: nothing is an escape.
    explicit terminal_escapes(std::optional<char> character,
                              escape_meaning meaning = escape_meaning::of_command) noexcept
        : character_(character), meaning_(meaning) {}

    void set_meaning(escape_meaning meaning) noexcept { meaning_ = meaning; }

    struct taken {
        std::size_t bytes = 0; ///< So many of those that were given.
        escape what = escape::none;
    };

    /// Takes typed bytes up to and with the first escape, else all, and appends to `forward` what is for the host. An
    /// escape may come in pieces: its character is held back until the next byte says what it is.
    taken take(std::string_view typed, std::string& forward);

    /// What `help` shows.
    [[nodiscard]] std::string help() const;

private:
    [[nodiscard]] escape meaning_of(char c) const noexcept;

    std::optional<char> character_;
    escape_meaning meaning_;
    bool at_line_start_ = true;
    bool pending_ = false; ///< The character was typed, and not what follows it.
};

} // namespace tug::cli
