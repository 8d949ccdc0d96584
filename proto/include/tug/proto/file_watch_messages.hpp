#pragma once

#include "tug/proto/described.hpp"
#include "tug/proto/stream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::proto {

// The messages of `file.watch`.

enum class watch_event { ready, created, changed, removed, renamed, overflow, unwatched };

/// "ready", "created", "changed", "removed", "renamed", "overflow", "unwatched".
[[nodiscard]] std::string_view name_of(watch_event event) noexcept;

struct file_watch_params : described_params<file_watch_params> {
    static constexpr std::string_view method = "file.watch";
    std::string path;
    bool recursive = false;
    std::optional<std::uint64_t> timeout_ms;

    [[nodiscard]] std::vector<stream_spec> streams() const;
};

/// A line of the stream `events`.
struct file_watch_line : described_result<file_watch_line> {
    watch_event event = watch_event::ready;
    std::string path;       ///< Relative to what is watched, which is ".".
    std::string from;       ///< Of renamed: what it was called.
    bool directory = false; ///< It is one.
    std::string error;      ///< Of unwatched: the name of the errno.
};

struct file_watch_result : described_result<file_watch_result> {
    std::uint64_t events = 0;
    std::uint64_t overflows = 0;
};

} // namespace tug::proto
