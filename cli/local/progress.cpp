#include "progress.hpp"

#include "report.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace tug::cli {

namespace {

std::size_t terminal_width() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

// Pieces are appended one by one: g++ 12 takes "x" + std::string for an overlapping copy (-Wrestrict, bug 105651).

std::string bar(double share, std::size_t width) {
    const auto full = static_cast<std::size_t>(share * static_cast<double>(width));
    std::string text(1, '[');
    return text.append(full, '#').append(width - full, '.').append("] ");
}

std::string two_digits(std::int64_t n) {
    std::string text;
    if (n < 10) text.push_back('0');
    return text.append(std::to_string(n));
}

std::string rate_text(std::uint64_t bytes, std::chrono::duration<double> elapsed) {
    const double rate = elapsed.count() > 0 ? static_cast<double>(bytes) / elapsed.count() : 0;
    std::string text(", ");
    return text.append(human_bytes(static_cast<std::uint64_t>(rate))).append("/s");
}

/// `text` with the time that is left, and before it the bar, where there is room.
std::string with_bar(std::string text, double share, std::chrono::duration<double> elapsed, std::size_t width) {
    constexpr double longest = 360'000; // 100 hours: what is longer says nothing
    constexpr std::size_t bar_width = 24;
    const double left = share > 0 && share < 1 ? elapsed.count() * (1 - share) / share : longest;
    if (left < longest) text.append(", ").append(human_time(std::chrono::seconds(std::llround(left)))).append(" left");
    if (text.size() + bar_width + 3 <= width) text.insert(0, bar(std::clamp(share, 0.0, 1.0), bar_width));
    return text.substr(0, width);
}

} // namespace

std::string human_bytes(std::uint64_t bytes) {
    constexpr std::array units{"KiB", "MiB", "GiB", "TiB", "PiB"};
    if (bytes < 1024) return std::to_string(bytes) + " B";
    double value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f %s", value, units[unit]);
    return text.data();
}

std::string human_time(std::chrono::seconds time) {
    const auto s = time.count();
    if (s < 60) return std::to_string(s) + " s";
    if (s < 3600) return std::to_string(s / 60) + ":" + two_digits(s % 60);
    return std::to_string(s / 3600) + ":" + two_digits(s / 60 % 60) + ":" + two_digits(s % 60);
}

std::string progress_line(std::uint64_t bytes, std::optional<std::uint64_t> total,
                          std::chrono::duration<double> elapsed, std::size_t width) {
    std::string text = human_bytes(bytes);
    if (total) text += " of " + human_bytes(*total);
    text += rate_text(bytes, elapsed);
    if (!total || *total == 0) return text.substr(0, width);
    return with_bar(std::move(text), static_cast<double>(bytes) / static_cast<double>(*total), elapsed, width);
}

std::string progress_line(const tree_progress& tree, std::chrono::duration<double> elapsed, std::size_t width) {
    // A file costs about what so many bytes of a large one do.
    constexpr double file_cost = 16'384;
    const auto work = [](const tree_amount& of) {
        return static_cast<double>(of.bytes) + file_cost * static_cast<double>(of.files);
    };
    std::string text = std::to_string(tree.done.files);
    if (tree.total) text += " of " + std::to_string(std::max(tree.total->files, tree.done.files));
    text += " files, " + human_bytes(tree.bytes) + rate_text(tree.bytes, elapsed);
    if (!tree.total || work(*tree.total) <= 0) return text.substr(0, width);
    return with_bar(std::move(text), work(tree.done) / work(*tree.total), elapsed, width);
}

progress_bar::progress_bar(bool wanted) : terminal_(wanted && ::isatty(STDERR_FILENO) == 1) {}

void progress_bar::show(std::uint64_t bytes, std::optional<std::uint64_t> total) {
    draw([&](std::size_t width) { return progress_line(bytes, total, elapsed(), width); });
}

void progress_bar::show(const tree_progress& tree) {
    draw([&](std::size_t width) { return progress_line(tree, elapsed(), width); });
}

void progress_bar::draw(const std::function<std::string(std::size_t width)>& line) {
    constexpr std::chrono::milliseconds pause{100};
    if (!terminal_) return;
    const auto now = clock::now();
    if (now - last_ < pause) return;
    last_ = now;
    pollfd ready{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&ready, 1, 0) != 1) return; // Ctrl-S: the bar must not hold the transfer up
    // Not the last column: some terminals wrap there.
    (void)write_all(STDERR_FILENO, "\r\x1b[K" + line(terminal_width() - 1));
    drawn_ = true;
}

void progress_bar::clear() {
    if (!drawn_) return;
    (void)write_all(STDERR_FILENO, "\r\x1b[K");
    drawn_ = false;
}

} // namespace tug::cli
