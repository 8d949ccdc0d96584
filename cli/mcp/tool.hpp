#pragma once

#include "arguments.hpp"
#include "host.hpp"
#include "local_paths.hpp"
#include "parameter.hpp"
#include "watches.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

namespace tug::cli::mcp {

/// How bytes are told: as text where they are UTF-8, or as they are.
inline constexpr std::array<std::string_view, 2> encodings{"text", "base64"};

/// Says how far a call is: of `total`, where that is known.
using progress_report = std::function<void(std::uint64_t done, std::optional<std::uint64_t> total)>;

/// One call of a tool. It lives as long as the call.
struct tool_call {
    host& on;
    arguments given;
    const local_paths& local;
    watches& watched;
    progress_report progress; ///< Never empty.
};

/// What a call brings is the structured content of its answer. It throws tug::error.
using tool_function = boost::asio::awaitable<boost::json::object> (*)(tool_call& call);

/// What the client of the protocol is offered.
struct tool {
    enum class effect { reads, adds, changes };

    std::string_view name = {};
    std::string_view need = {}; ///< The permission; empty: none.
    effect what = effect::reads;
    bool of_jobs = false;  ///< Only where the host keeps jobs.
    bool of_local = false; ///< Only where local directories are allowed.
    std::string_view description = {};
    std::span<const parameter> parameters = {};
    tool_function run = nullptr;
};

[[nodiscard]] std::span<const tool> command_tools();
[[nodiscard]] std::span<const tool> job_tools();
[[nodiscard]] std::span<const tool> file_tools();
[[nodiscard]] std::span<const tool> content_tools();
[[nodiscard]] std::span<const tool> transfer_tools();
[[nodiscard]] std::span<const tool> watch_tools();

/// All of the above.
[[nodiscard]] std::vector<const tool*> all_tools();

/// Whether the key and the host allow it.
[[nodiscard]] bool is_offered(const tool& t, const host& on, const local_paths& local);

/// As tools/list has it.
[[nodiscard]] boost::json::object describe(const tool& t);

} // namespace tug::cli::mcp
