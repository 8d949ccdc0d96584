#pragma once

#include "bounded_output.hpp"
#include "tool.hpp"

#include <tug/exec_result.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace tug::cli::mcp {

/// What is read of a job; nothing of an output that is absent.
struct followed_output {
    std::optional<bounded_output> out;
    std::optional<bounded_output> err;
    std::uint64_t enough = UINT64_MAX; ///< With so many bytes of both together it is left.

    [[nodiscard]] std::uint64_t read() const noexcept { return (out ? out->read() : 0) + (err ? err->read() : 0); }
};

/// Reads what a job writes, from where `into` ends, until it has ended, or until that moment: then there is no result.
/// The job goes on. Where the connection is lost it is made anew and the job followed on from where it was.
[[nodiscard]] boost::asio::awaitable<std::optional<exec_result>>
follow(tool_call& call, std::string job, followed_output& into, std::chrono::steady_clock::time_point until,
       std::optional<std::string> input = std::nullopt);

/// How a command ended, and that it has.
[[nodiscard]] boost::json::object end_json(const exec_result& r);

} // namespace tug::cli::mcp
