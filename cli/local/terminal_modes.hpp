#pragma once

#include <string_view>

namespace tug::cli {

/// Keeps the modes of the local terminal for those who change them: while this object lives, whatever ends the process
/// restores them first: the destructor, die_by(), and the signals that would end it, which go on to what they did
/// before. SIGTSTP restores them, SIGCONT takes up those that were in use and is followed by SIGWINCH, for the terminal
/// may have another size by then.
///
/// One object at a time: signals are the process's. A terminal that is in the foreground of others is not touched.
class terminal_modes {
public:
    /// Throws tug::error (local_io) where `terminal` is none.
    explicit terminal_modes(int terminal);
    ~terminal_modes();

    terminal_modes(const terminal_modes&) = delete;
    terminal_modes& operator=(const terminal_modes&) = delete;

    /// From now on each key is read as it is pressed, Ctrl-C among them, and what is written is shown as it is. Throws
    /// tug::error (local_io).
    void make_raw();

    /// Writes `enter` now and after each continuation, and `leave` to the terminal before the modes are restored. Both
    /// must be literals.
    void use_screen(std::string_view enter, std::string_view leave) noexcept;

    /// Restores the terminal and stops the process group, as Ctrl-Z does; it goes on where it is continued.
    static void suspend() noexcept;
};

/// Restores the modes, for what ends the process past all destructors. Safe in a signal handler.
void restore_terminal() noexcept;

} // namespace tug::cli
