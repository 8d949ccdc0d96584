#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tug::cli::mcp {

/// Of what one answer holds of an output or a file.
inline constexpr std::uint64_t usual_bytes = 16 * 1024;
inline constexpr std::uint64_t most_bytes = 1024 * 1024;

/// Of the time that one answer may take, in milliseconds.
inline constexpr std::uint64_t usual_wait = 30'000;
inline constexpr std::uint64_t most_wait = 600'000;

inline constexpr std::uint64_t usual_entries = 500;
inline constexpr std::uint64_t most_entries = 10'000;

/// Of a message of the client.
inline constexpr std::size_t longest_line = std::size_t{16} << 20U;
/// What may wait to be written before no more is read.
inline constexpr std::size_t most_unwritten = std::size_t{16} << 20U;
/// Of calls at once.
inline constexpr std::size_t most_calls = 64;

[[nodiscard]] inline std::chrono::steady_clock::time_point from_now(std::uint64_t ms) {
    return std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
}

} // namespace tug::cli::mcp
