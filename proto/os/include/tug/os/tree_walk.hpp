#pragma once

#include <tug/os/file_status.hpp>
#include <tug/os/root.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tug::os {

/// What a tree_walk comes to.
struct tree_entry {
    std::string path; ///< Relative to the top.
    os_result<file_status> status;
};

/// Goes through a directory, or the whole tree below it: the names of each directory in the order of their bytes, a
/// directory before what is in it. By descriptors, and symlinks are never followed, so that it stays below the top
/// whatever is renamed meanwhile. It holds the names of the directories on its way and at most `most_held` descriptors.
/// Not thread safe, but may go from thread to thread; it blocks on the file system.
class tree_walk {
public:
    /// `top` is a directory, O_PATH will do.
    [[nodiscard]] static os_result<tree_walk> begin(unique_fd top, bool recursive);

    /// The next entry; nothing at the end. A directory that cannot be opened is an entry by itself, and then one with
    /// the errno, of the same path.
    [[nodiscard]] std::optional<tree_entry> next();

    /// The directory that the entry which next() gave last is in, and its name there. Valid until the next call of
    /// next(), where that entry could be looked at.
    [[nodiscard]] int directory() const noexcept { return levels_.back().fd.get(); }

    [[nodiscard]] const std::string& name() const noexcept { return levels_.back().names[levels_.back().at - 1]; }

    /// Opens the file that next() gave last for reading; what is no regular file any more is ELOOP. Never blocks.
    [[nodiscard]] os_result<opened_file> open_file() const;

    /// The directory that next() gave last is not gone into.
    void skip() noexcept { pending_.clear(); }

private:
    static constexpr std::size_t most_held = 64;

    struct level {
        unique_fd fd; ///< Closed where too many are deeper.
        std::vector<std::string> names;
        std::size_t at = 0;
        std::size_t path_size = 0; ///< Of the path of this directory, with its slash.
    };

    explicit tree_walk(bool recursive) noexcept : recursive_(recursive) {}

    [[nodiscard]] int enter(unique_fd directory, std::size_t path_size);
    [[nodiscard]] os_result<unique_fd> reopen(std::size_t depth);
    [[nodiscard]] int go_into(int parent, const std::string& name);
    [[nodiscard]] tree_entry look(const std::string& name);

    bool recursive_;
    unique_fd top_;
    std::vector<level> levels_;
    std::string path_;    ///< Of the directory at the end of levels_.
    std::string pending_; ///< The directory that next() has given last and has to enter.
};

} // namespace tug::os
