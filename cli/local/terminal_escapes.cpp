#include "terminal_escapes.hpp"

#include <tug/os/escape.hpp>

namespace tug::cli {

namespace {

constexpr char control_z = 0x1a;

/// As a key is written: ^] for Ctrl-].
std::string shown(char c) {
    if (static_cast<unsigned char>(c) < 0x20) return {'^', static_cast<char>(c | 0x40)};
    return os::printable(std::string(1, c));
}

} // namespace

escape terminal_escapes::meaning_of(char c) const noexcept {
    if (c == '.') return escape::leave;
    if (c == control_z) return escape::suspend;
    if (c == '?') return escape::help;
    if (c == 'd' && meaning_ != escape_meaning::of_command) return escape::detach;
    return escape::none;
}

terminal_escapes::taken terminal_escapes::take(std::string_view typed, std::string& forward) {
    for (std::size_t i = 0; i < typed.size(); ++i) {
        const char c = typed[i];
        if (pending_) {
            pending_ = false;
            // The character itself goes first: it may be `.` or `?`, and twice it is always one of it.
            const auto what = c == character_ ? escape::none : meaning_of(c);
            if (what != escape::none) return {i + 1, what}; // and the next one may follow at once
            if (c != character_) forward += *character_;
        } else if (at_line_start_ && c == character_) {
            pending_ = true;
            continue;
        }
        at_line_start_ = c == '\r' || c == '\n';
        forward += c;
    }
    return {typed.size(), escape::none};
}

std::string terminal_escapes::help() const {
    if (!character_) return {};
    const auto c = shown(*character_);
    std::string text = "Escapes of tug, directly behind a line end:\n";
    const bool goes_on = meaning_ == escape_meaning::of_job;
    text += "  " + c + ".   leave: the connection is closed" + (goes_on ? ", the job goes on\n" : "\n");
    if (goes_on) text += "  " + c + "d   detach, the same\n";
    if (meaning_ == escape_meaning::of_shell) text += "  " + c + "d   detach: it goes on as a job\n";
    text += "  " + c + "^Z  suspend tug\n";
    text += "  " + c + "?   this text\n";
    text += "  " + c + c + "   " + c + " itself\n";
    return text;
}

} // namespace tug::cli
