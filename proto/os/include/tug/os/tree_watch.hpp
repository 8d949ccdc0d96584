#pragma once

#include <tug/os/root.hpp>
#include <tug/os/tree_walk.hpp>
#include <tug/os/unique_fd.hpp>
#include <tug/proto/error.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

struct inotify_event;

namespace tug::os {

enum class watch_event_kind {
    ready,     ///< All is watched: from here on everything is told.
    created,   ///< It is there now; also what a directory had in it when it came.
    changed,   ///< Its content, mode, owner or time.
    removed,   ///< It is gone, with all that was in it.
    renamed,   ///< It has another name in the tree, with all that is in it.
    overflow,  ///< Something before this was missed. All directories are watched again.
    unwatched, ///< A directory that could not be watched: nothing will be told of what is in it.
};

/// Something that happened in a tree.
struct watch_event {
    watch_event_kind kind = watch_event_kind::changed;
    std::string path;       ///< Relative to the top, which is ".".
    std::string from;       ///< Of renamed: what it was called.
    bool directory = false; ///< What it is about is a directory.
    int error = 0;          ///< Of unwatched: the errno.
};

/// What happens in a directory, or in the whole tree below it, or to a file, told by the kernel (inotify). Directories
/// are looked up by descriptors and symlinks are never followed, so that it stays below the root whatever is renamed
/// meanwhile; what has left the tree is told no more.
///
/// A directory that appears is watched first and looked through then: what is in it is told as created, some of it
/// twice. What waits to be taken is in the queue of the kernel, fs.inotify.max_queued_events of them; more is
/// `overflow`, so that a reader that pauses costs no memory. Each directory takes one of fs.inotify.max_user_watches.
/// Names of temporaries are not told. Not thread safe, but may go from thread to thread; it blocks on the file system.
class tree_watch {
public:
    /// The most directories of one tree.
    static constexpr std::size_t most_directories = 131'072;

    /// Watches what `path` names, and with `recursive` begins with what is below it: it is all watched when `ready`
    /// comes. `files` is the root to look names up below. `busy` where a limit is reached, `unsupported` where there is
    /// no inotify.
    [[nodiscard]] static proto::result<tree_watch> begin(root files, std::string_view path, bool recursive);

    tree_watch(tree_watch&&) = default;
    tree_watch& operator=(tree_watch&&) = delete;

    ~tree_watch() {
        drop(std::move(tree_));
        if (move_) drop(std::move(move_->moved));
    }

    /// Readable when there is something to take. Another one after each take().
    [[nodiscard]] int descriptor() const noexcept { return inotify_.get(); }

    /// What has happened, `most` of it at most, without waiting. `busy` where a limit was reached.
    [[nodiscard]] proto::result<std::vector<watch_event>> take(std::size_t most);

    /// take() would bring more, or come further, without anything happening.
    [[nodiscard]] bool has_more() const noexcept { return !out_.empty() || scan_.has_value() || at_ < end_; }

    /// What was watched is gone, or is somewhere else: nothing more will be told.
    [[nodiscard]] bool over() const noexcept { return over_; }

private:
    /// A directory that is watched.
    struct node {
        node* parent = nullptr;
        std::string name;
        int watch = -1; ///< None: another name of the same directory was seen since.
        std::map<std::string, std::unique_ptr<node>, std::less<>> children;
    };

    /// A name that has gone, and may appear elsewhere.
    struct move {
        std::uint32_t cookie = 0;
        std::string path;
        bool directory = false;
        bool temporary = false;
        std::unique_ptr<node> moved; ///< Where it is a directory that is watched.
    };

    /// A tree that is being looked through.
    struct scan {
        tree_walk walk;
        std::string prefix;                     ///< Of the paths of its entries.
        std::optional<watch_event_kind> at_end; ///< To be told then; what it comes to is not told.
    };

    tree_watch(root files, std::string top, std::string only, bool recursive);

    [[nodiscard]] proto::result<void> start(watch_event_kind at_end);
    [[nodiscard]] os_result<unique_fd> open_top();
    [[nodiscard]] bool read();
    [[nodiscard]] proto::result<void> step();
    [[nodiscard]] proto::result<void> step_scan();
    [[nodiscard]] proto::result<void> handle(const inotify_event& said, std::string name);
    [[nodiscard]] proto::result<void> handle_name(node& in, const inotify_event& said, std::string name);
    void handle_itself(node& of, std::uint32_t mask);
    [[nodiscard]] proto::result<void> appeared(node& in, const std::string& name, bool directory);
    [[nodiscard]] proto::result<void> arrived(node& in, const inotify_event& said, const std::string& name);
    [[nodiscard]] proto::result<void> enter(node& in, const std::string& name);
    [[nodiscard]] proto::result<bool> add(node& to, int directory);
    void left(node& in, const inotify_event& said, const std::string& name);
    void end_move();
    void tell(watch_event_kind kind, std::string path, bool directory);
    void tell_unwatched(std::string path, int err);

    [[nodiscard]] std::string path_of(const node& directory, std::string_view name) const;
    [[nodiscard]] node* find(std::string_view path) const;
    [[nodiscard]] os_result<unique_fd> open(const node& directory);
    [[nodiscard]] bool is_nameless(node& in, const std::string& name);
    [[nodiscard]] node& make_child(node& in, const std::string& name);
    [[nodiscard]] std::unique_ptr<node> take_child(node& in, const std::string& name);
    void drop(std::unique_ptr<node> gone);

    root files_;
    std::string top_;  ///< The path of the directory at the top.
    std::string only_; ///< The one name in it that is told, where no directory is watched.
    bool recursive_;
    std::uint64_t device_ = 0; ///< Which directory it was. No descriptor of it is kept: while one is open the kernel
    std::uint64_t inode_ = 0;  ///< does not say that it was removed.
    unique_fd inotify_;
    std::unique_ptr<node> tree_;
    std::unordered_map<int, node*> by_watch_;
    std::vector<char> buffer_;
    std::size_t at_ = 0;
    std::size_t end_ = 0;
    std::optional<move> move_;
    std::optional<scan> scan_;
    std::vector<watch_event> out_;
    bool over_ = false;
};

} // namespace tug::os
