#pragma once

#include <tug/os/unique_fd.hpp>
#include <tug/proto/entry_stream.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tug::os {

/// What a stream of entries does to one path of the tree that it is written to.
struct tree_change {
    enum class kind {
        written,    ///< It is new, or its content is.
        attributes, ///< Its content stays; mode, time or owner changes.
        removed,    ///< It goes, with all that is in it.
    };

    std::string path; ///< As in the stream.
    kind what = kind::written;
    proto::file_type type = proto::file_type::file; ///< Of what is written.
    std::uint64_t size = 0;                         ///< Of a file that is written.
};

/// Tells what a stream of entries changes in a tree that is there, before it is written. The other side says all
/// directories, for example, also those that stay as they are; so what is said is compared with what is there. It
/// writes nothing, follows no symlink out of the tree, and blocks on the file system. Memory: the changes that were not
/// taken.
class change_reader final : private proto::entry_sink {
public:
    /// `top` is the tree, O_PATH will do; none: nothing is there.
    explicit change_reader(unique_fd top) : top_(std::move(top)) {}

    /// The next bytes of the stream. Fails where it is no such stream.
    [[nodiscard]] proto::result<void> feed(std::span<const std::byte> bytes);

    /// The changes since the last call.
    [[nodiscard]] std::vector<tree_change> take() { return std::exchange(changes_, {}); }

private:
    [[nodiscard]] proto::result<void> begin(proto::entry_head head) override;

    [[nodiscard]] proto::result<void> more(proto::entry_more) override { return {}; }

    [[nodiscard]] proto::result<void> bytes(std::span<const std::byte>) override { return {}; }

    [[nodiscard]] std::optional<tree_change::kind> compare(const proto::entry_head& head) const;

    unique_fd top_;
    proto::entry_decoder decoder_;
    std::vector<tree_change> changes_;
};

} // namespace tug::os
