#pragma once

#include "tug/proto/described.hpp"
#include "tug/proto/digest.hpp"
#include "tug/proto/stream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::proto {

// The messages of `file.digest` and `file.copy`: what is done to the content of a file where it is.

struct file_digest_params : described_params<file_digest_params> {
    static constexpr std::string_view method = "file.digest";
    static constexpr std::uint64_t smallest_block = 64 * 1024;
    static constexpr std::uint64_t largest_block = 16 * 1024 * 1024;

    std::string path;
    digest_kind digest = digest_kind::xxh3_128;
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> length; ///< To the end of the file where absent.
    std::optional<std::uint64_t> block;  ///< Also the digest of each block of that many bytes, from `offset` on.
    std::optional<std::uint64_t> timeout_ms;

    [[nodiscard]] std::vector<stream_spec> streams() const;
};

struct file_digest_result : described_result<file_digest_result> {
    std::uint64_t size = 0;  ///< Of the file when it was opened.
    std::uint64_t bytes = 0; ///< That the digest covers.
    std::string digest;
    std::int64_t mtime_ns = 0;
};

struct file_copy_params : described_params<file_copy_params> {
    static constexpr std::string_view method = "file.copy";
    std::string from;
    std::string to;
    bool overwrite = true;
    bool make_parents = false;
    bool durable = true;
    bool follow = true; ///< A symlink at the end of `to` is followed; else it is what is replaced.
    std::optional<std::uint64_t> timeout_ms;
};

struct file_copy_result : described_result<file_copy_result> {
    std::uint64_t size = 0;
    bool reflink = false; ///< Both files share their blocks.
};

} // namespace tug::proto
