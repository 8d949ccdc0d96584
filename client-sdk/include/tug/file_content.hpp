#pragma once

#include <tug/digest_kind.hpp>
#include <tug/file_info.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug {

/// Of which bytes of a file a digest is.
struct digest_options {
    digest_kind kind = digest_kind::xxh3_128; ///< Not none.
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> length; ///< To the end of the file where absent.
};

/// The digest of a file, or of a range of it, as the host has it.
struct file_digest {
    std::uint64_t size = 0;  ///< Of the file when it was opened.
    std::uint64_t bytes = 0; ///< That the digest covers.
    std::string digest;      ///< "xxh3-128:<hex>" or "sha256:<hex>"
    std::int64_t mtime_ns = 0;
};

/// The same with the digest of each block of the range; the last block may be shorter.
struct block_digests {
    file_digest whole;
    std::uint64_t block = 0;     ///< Bytes of a block.
    std::size_t digest_size = 0; ///< Bytes of each digest: 16 or 32.
    std::string bytes;           ///< All digests, one behind the other, as raw bytes.

    [[nodiscard]] std::size_t count() const noexcept { return digest_size == 0 ? 0 : bytes.size() / digest_size; }

    /// That of a block, as raw bytes. Precondition: number < count().
    [[nodiscard]] std::string_view at(std::size_t number) const {
        return std::string_view(bytes).substr(number * digest_size, digest_size);
    }
};

/// How files::copy() makes a file.
struct file_copy_options {
    bool overwrite = true; ///< False: already_exists where there is one.
    bool make_parents = false;
    bool durable = true;                ///< It is there after a power cut.
    symlinks at_end = symlinks::follow; ///< Of the target: the file that it names is replaced, or the link.
};

/// What files::copy() made.
struct file_copy_result {
    std::uint64_t size = 0;
    bool reflink = false; ///< Both files share their blocks: nothing was copied.
};

/// What files::list() brings.
struct list_options {
    depth how = depth::one;
    std::optional<digest_kind> digest; ///< The digest of each file with it; not none.
    std::vector<std::string> exclude;  ///< Patterns of names to leave out, as those of trees.
};

} // namespace tug
