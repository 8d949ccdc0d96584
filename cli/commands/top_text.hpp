#pragma once

#include <tug/job_info.hpp>
#include <tug/server_info.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tug::cli {

/// What a tugd said of itself at a moment of the local clock.
struct top_sample {
    server_info info;
    std::vector<job_info> jobs; ///< That run.
    std::chrono::steady_clock::time_point at;
};

/// The lines of `top`: a head, a table of what is in use and how fast it changes since `before` (null: no rates), the
/// jobs. Nothing in them controls a terminal.
[[nodiscard]] std::vector<std::string> top_lines(const top_sample& now, const top_sample* before);

/// The lines as a screen of that size shows them, drawn over what it has shown before.
[[nodiscard]] std::string top_screen(const std::vector<std::string>& lines, std::size_t rows, std::size_t columns);

} // namespace tug::cli
