#pragma once

#include <tug/os/tree_counts.hpp>
#include <tug/proto/tree_messages.hpp>

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
    return out;
}

} // namespace tug::service
