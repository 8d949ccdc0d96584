#pragma once

#include <tug/trees.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace tug::cli {

/// "5 B", "1.2 KiB", "3.4 GiB"
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);

/// "3 s", "2:05", "1:02:03"
[[nodiscard]] std::string human_time(std::chrono::seconds time);

/// The line of a running transfer: bar, bytes, rate, time left; without a total no bar. `width` columns at most.
[[nodiscard]] std::string progress_line(std::uint64_t bytes, std::optional<std::uint64_t> total,
                                        std::chrono::duration<double> elapsed, std::size_t width);

/// The line of a running tree: bar, files, bytes that passed, rate, time left; without a total neither bar nor time.
[[nodiscard]] std::string progress_line(const tree_progress& tree, std::chrono::duration<double> elapsed,
                                        std::size_t width);

/// A progress bar on standard error, only where that is a terminal; it is redrawn ten times a second at most, and gone
/// when the object is. Thread safety: none.
class progress_bar {
public:
    using clock = std::chrono::steady_clock;

    /// `wanted` false: never draws.
    explicit progress_bar(bool wanted);

    ~progress_bar() { clear(); }

    progress_bar(const progress_bar&) = delete;
    progress_bar& operator=(const progress_bar&) = delete;

    /// Whether show() draws at all.
    [[nodiscard]] bool visible() const noexcept { return terminal_; }

    void show(std::uint64_t bytes, std::optional<std::uint64_t> total);
    void show(const tree_progress& tree);

    /// Takes the bar off the screen.
    void clear();

    [[nodiscard]] std::chrono::duration<double> elapsed() const { return clock::now() - began_; }

private:
    void draw(const std::function<std::string(std::size_t width)>& line);

    bool terminal_;
    bool drawn_ = false;
    clock::time_point began_ = clock::now();
    clock::time_point last_{};
};

} // namespace tug::cli
