#include "tug/os/tree_changes.hpp"

#include "tug/os/file_status.hpp"
#include "tug/os/resolve.hpp"

#include <fcntl.h>

#include <optional>
#include <string_view>

namespace tug::os {

using proto::file_type;

namespace {

/// What is at a path of the tree; nothing where that cannot be told.
std::optional<file_status> look(int top, std::string_view path) {
    if (top < 0) return std::nullopt;
    const auto slash = path.rfind('/');
    const auto above = slash == std::string_view::npos ? "." : std::string(path.substr(0, slash));
    const auto directory = resolve_by_kernel(top, above, O_PATH | O_DIRECTORY);
    if (!directory) return std::nullopt;
    auto found = path == "." ? status_of(directory->get())
                             : status_at(directory->get(), std::string(path.substr(slash + 1))); // npos + 1 is 0
    if (!found) return std::nullopt;
    return std::move(*found);
}

bool has_attributes(const file_status& there, const proto::entry_head& head) {
    constexpr std::uint32_t permission_bits = 0777;
    return (there.mode & permission_bits) == head.mode && there.mtime_ns == head.mtime_ns &&
           there.uid == head.uid.value_or(there.uid) && there.gid == head.gid.value_or(there.gid);
}

} // namespace

proto::result<void> change_reader::feed(std::span<const std::byte> bytes) {
    const auto taken = decoder_.feed(bytes, *this); // all of it: this sink does not pause
    if (!taken) return taken.error();
    return {};
}

proto::result<void> change_reader::begin(proto::entry_head head) {
    tree_change change;
    if (head.absent)
        change.what = tree_change::kind::removed;
    else if (const auto what = compare(head))
        change.what = *what;
    else
        return {};
    change.type = head.type;
    change.size = head.size;
    change.path = std::move(head.path);
    changes_.push_back(std::move(change));
    return {};
}

/// Nothing where it stays as it is, or is not made.
std::optional<tree_change::kind> change_reader::compare(const proto::entry_head& head) const {
    using enum tree_change::kind;
    const bool directory = head.type == file_type::directory;
    if (!directory && head.type != file_type::file && head.type != file_type::symlink) return std::nullopt;
    const auto there = look(top_.get(), head.path);
    if (!there || there->type != head.type) return written;
    if (!head.link.empty()) {
        const auto first = look(top_.get(), head.link);
        const bool linked = first && first->device == there->device && first->inode == there->inode;
        return linked ? std::nullopt : std::optional(written);
    }
    if (head.type == file_type::symlink) return there->target == head.target ? std::nullopt : std::optional(written);
    if (!directory && !head.same) return written;
    return has_attributes(*there, head) ? std::nullopt : std::optional(attributes);
}

} // namespace tug::os
