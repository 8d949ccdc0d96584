#pragma once

#include "tug/proto/compression.hpp"
#include "tug/proto/described.hpp"
#include "tug/proto/digest.hpp"
#include "tug/proto/stream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::proto {

// The messages of `tree.*`. What crosses the streams is in entry_stream.hpp.

/// What becomes of a tree that is there already.
enum class tree_mode {
    merge,   ///< Entries are added to it and replaced in it, one by one.
    fresh,   ///< "new": already_exists.
    replace, ///< The new one takes its place, whole.
};

/// What the receiver says of what it has.
enum class have_list {
    none,
    times,   ///< Sizes and times.
    digests, ///< The digest of each file, too.
};

/// The most patterns of a call, and the longest of them.
inline constexpr std::size_t max_exclude = 256;
inline constexpr std::size_t max_pattern = 256;

struct tree_put_params : described_params<tree_put_params> {
    static constexpr std::string_view method = "tree.put";
    std::string path;
    std::string into; ///< Where `path` is a directory already: the name that the tree gets in it.
    tree_mode mode = tree_mode::merge;
    bool remove = false; ///< Entries may say that something is to go.
    have_list have = have_list::none;
    std::vector<std::string> exclude; ///< Not in the list of what is there.
    bool owner = false;
    bool make_parents = false;
    bool durable = true;
    bool dry_run = false;
    bool delta = false;                       ///< Files may be sent as what differs from those that are there.
    std::optional<std::string> resume;        ///< The token of a transfer: an earlier call of it is ended first.
    compression compress = compression::none; ///< Of bodies.
    std::optional<std::uint64_t> timeout_ms;

    [[nodiscard]] std::vector<stream_spec> streams() const;
};

struct tree_get_params : described_params<tree_get_params> {
    static constexpr std::string_view method = "tree.get";
    std::string path;
    bool remove = false; ///< Say what the client has and this tree has not.
    have_list have = have_list::none;
    std::vector<std::string> exclude;
    bool owner = false;
    bool dry_run = false;                     ///< Heads alone.
    compression compress = compression::none; ///< Of bodies …
    std::uint32_t level = default_level;      ///< … and how much time it may take.
    bool progress = false;                    ///< Say how far it is, and how much there is.
    bool whole = false;                       ///< Say also what the client has already, all of it.
    bool delta = false;                       ///< As for put, of what the client has.
    std::optional<std::uint64_t> timeout_ms;

    [[nodiscard]] std::vector<stream_spec> streams() const;
};

struct tree_copy_params : described_params<tree_copy_params> {
    static constexpr std::string_view method = "tree.copy";
    std::string from;
    std::string to;
    tree_mode mode = tree_mode::merge;
    std::vector<std::string> exclude;
    bool owner = false;
    bool make_parents = false;
    bool durable = true;
    std::optional<std::uint64_t> timeout_ms;
};

/// The result of all three: of what was sent and stored.
struct tree_result : described_result<tree_result> {
    std::uint64_t files = 0;
    std::uint64_t directories = 0;
    std::uint64_t symlinks = 0;
    std::uint64_t bytes = 0; ///< Content of files.
    std::uint64_t unchanged = 0;
    std::uint64_t removed = 0;
    std::uint64_t skipped = 0; ///< Fifos, sockets and devices.
    std::uint64_t changed = 0; ///< Files that changed while they were read.
    std::uint64_t patched = 0; ///< Files that were built on what was there …
    std::uint64_t reused = 0;  ///< … and how many of their bytes were.
    std::string digest;        ///< Of the stream `data`, where there is one.
};

} // namespace tug::proto
