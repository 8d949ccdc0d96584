#pragma once

#include "tug/os/directory_stream.hpp"
#include "tug/os/unique_fd.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tug::os {

/// Removes a directory with all that is in it, by descriptors alone: a symlink is removed and never followed, also one
/// that takes the place of a directory meanwhile. It holds at most `most_held` descriptors: what is deeper is moved up
/// beside the top first, which is as good as any other place for what is to go.
class tree_removal {
public:
    /// `parent` must stay open while run() runs.
    tree_removal(int parent, std::string name, const std::function<bool()>& stop)
        : parent_(parent), name_(std::move(name)), stop_(stop) {}

    /// All of it is ours: closed directories are opened to get at what is in them.
    void open_closed() noexcept { opens_closed_ = true; }

    /// 0 or an errno; ECANCELED where `stop` said so.
    [[nodiscard]] int run();

    /// Entries that are gone.
    [[nodiscard]] std::uint64_t removed() const noexcept { return removed_; }

    /// The name of the entry at which run() failed.
    [[nodiscard]] std::string_view where() const noexcept { return where_; }

private:
    static constexpr std::size_t most_held = 64;

    /// A directory that is being emptied.
    struct level {
        unique_fd fd;
        directory_stream entries;
        std::string name;
    };

    [[nodiscard]] int enter(int parent, const std::string& name);
    [[nodiscard]] int remove_entry(const std::string& name);
    [[nodiscard]] int unlink(int directory, const std::string& name, int flags) const;
    [[nodiscard]] int leave();
    [[nodiscard]] int move_up(const std::string& name);

    int parent_;
    std::string name_;
    const std::function<bool()>& stop_;
    std::vector<level> levels_;
    std::string where_;
    bool opens_closed_ = false;
    std::uint64_t removed_ = 0;
    std::uint64_t moved_ = 0;
};

} // namespace tug::os
