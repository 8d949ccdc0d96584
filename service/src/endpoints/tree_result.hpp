#pragma once

#include <tug/os/tree_counts.hpp>
#include <tug/proto/tree_messages.hpp>

#include <string>
#include <vector>

namespace tug::service {

/// Without the digest.
[[nodiscard]] inline proto::tree_result result_of(const os::tree_counts& counts) {
    proto::tree_result out;
    out.files = counts.files;
    out.directories = counts.directories;
    out.symlinks = counts.symlinks;
    out.bytes = counts.bytes;
    out.unchanged = counts.unchanged;
    out.removed = counts.removed;
    out.skipped = counts.skipped;
    out.changed = counts.changed;
    out.patched = counts.patched;
    out.reused = counts.reused;
    return out;
}

/// Each pattern is tried on each name, so both are bounded.
[[nodiscard]] inline proto::result<void> check_patterns(const std::vector<std::string>& exclude) {
    if (exclude.size() > proto::max_exclude) return proto::failure::bad_field("exclude", "has more than 256 patterns");
    for (const auto& pattern : exclude)
        if (pattern.size() > proto::max_pattern)
            return proto::failure::bad_field("exclude", "has a pattern of more than 256 bytes");
    return {};
}

} // namespace tug::service
