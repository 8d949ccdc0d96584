#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tug::os {

/// What became of a tree, on one side.
struct tree_counts {
    static constexpr std::size_t most_notes = 100;

    std::uint64_t files = 0;
    std::uint64_t directories = 0;
    std::uint64_t symlinks = 0;
    std::uint64_t bytes = 0; ///< Content of files.
    std::uint64_t unchanged = 0;
    std::uint64_t removed = 0;
    std::uint64_t skipped = 0; ///< Fifos, sockets and devices.
    std::uint64_t changed = 0; ///< Files that changed while they were read.
    std::uint64_t patched = 0; ///< Files of which only what differs went over …
    std::uint64_t reused = 0;  ///< … and how many of their bytes did not.

    /// Of what was skipped or has changed: the path and the word for why. The first ones.
    std::vector<std::pair<std::string, std::string>> notes;

    void note(const std::string& path, std::string why) {
        if (notes.size() < most_notes) notes.emplace_back(path, std::move(why));
    }
};

} // namespace tug::os
