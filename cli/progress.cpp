#include "progress.hpp"

#include "report.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

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
    const double rate = elapsed.count() > 0 ? static_cast<double>(bytes) / elapsed.count() : 0;
    std::string text = human_bytes(bytes);
    if (total) text += " of " + human_bytes(*total);
    text += ", " + human_bytes(static_cast<std::uint64_t>(rate)) + "/s";
    if (total && *total > bytes && rate > 0) {
        const double left = static_cast<double>(*total - bytes) / rate;
        constexpr double longest = 360'000; // 100 hours: what is longer says nothing
        if (left < longest) text += ", " + human_time(std::chrono::seconds(std::llround(left))) + " left";
    }
    constexpr std::size_t bar_width = 24;
    if (total && *total > 0 && text.size() + bar_width + 3 <= width)
        text.insert(0, bar(std::min(1.0, static_cast<double>(bytes) / static_cast<double>(*total)), bar_width));
    return text.substr(0, width);
}

progress_bar::progress_bar(bool wanted) : terminal_(wanted && ::isatty(STDERR_FILENO) == 1) {}

void progress_bar::show(std::uint64_t bytes, std::optional<std::uint64_t> total) {
    constexpr std::chrono::milliseconds pause{100};
    if (!terminal_) return;
    const auto now = clock::now();
    if (now - last_ < pause) return;
    last_ = now;
    // Not the last column: some terminals wrap there.
    const auto line = progress_line(bytes, total, elapsed(), terminal_width() - 1);
    pollfd ready{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&ready, 1, 0) != 1) return; // Ctrl-S: the bar must not hold the transfer up
    (void)write_all(STDERR_FILENO, "\r\x1b[K" + line);
    drawn_ = true;
}

void progress_bar::clear() {
    if (!drawn_) return;
    (void)write_all(STDERR_FILENO, "\r\x1b[K");
    drawn_ = false;
}

} // namespace tug::cli
