#include "descriptor_path.hpp"
#include "tug/os/errno.hpp"
#include "tug/os/path_text.hpp"
#include "tug/os/tree_writer.hpp"

#include <tug/proto/digest.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

// Files of a tree that are built on those that are there.

namespace tug::os {

using proto::entry_head;

proto::result<void> tree_writer::begin_patch(entry_head head, const std::string& name) {
    const auto in = here();
    if (!in) return in.error();
    unique_fd directory(::fcntl(*in, F_DUPFD_CLOEXEC, 0));
    if (!directory) return failed(errno, head.path);
    auto how = options_for(head);
    how.readable = true;
    auto made = staged_file::create(std::move(directory), name, how);
    if (!made) return made.error();
    written_file out;
    out.patch.emplace(std::move(*made), open_base(*in, head.path, name), *head.delta);
    out.changed = head.changed;
    out.head = std::move(head);
    file_.emplace(std::move(out));
    return {};
}

/// What stands there, or in the tree that is replaced. By a descriptor, and nothing but a file is opened.
std::optional<opened_file> tree_writer::open_base(int in, const std::string& path, const std::string& name) {
    if (staged()) {
        const auto old = old_directory_of(path);
        if (!old) return std::nullopt;
        in = *old;
    }
    const unique_fd node(::openat(in, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat st{};
    if (!node || ::fstat(node.get(), &st) != 0 || !S_ISREG(st.st_mode)) return std::nullopt;
    const auto link = descriptor_path(node.get());
    opened_file out;
    out.fd.reset(::open(link.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!out.fd) return std::nullopt;
    out.size = static_cast<std::uint64_t>(st.st_size);
    return out;
}

/// Nothing more comes of the file.
proto::result<void> tree_writer::end_patch(const std::string& digest) {
    if (!file_->patch)
        return proto::failure::bad_field("entry", quoted(file_->head.path) + " has a digest that is not asked for");
    const auto expected = proto::digest::parse(digest);
    if (!expected) return proto::failure::bad_field("entry", quoted(file_->head.path) + " has a bad digest");
    return file_->patch->end(file_->at, *expected);
}

} // namespace tug::os
