#pragma once

#include <tug/file_info.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tug {

/// Something in a tree that was not carried over as it is.
struct tree_note {
    std::string path; ///< Relative to the top; any bytes.
    std::string why;  ///< "fifo", "socket", "block", "char" (skipped); "changed", "gone" (while it was read).
};

/// What became of a tree.
struct tree_summary {
    std::uint64_t files = 0; ///< Written.
    std::uint64_t directories = 0;
    std::uint64_t symlinks = 0;
    std::uint64_t bytes = 0;      ///< Content of the files that were written.
    std::uint64_t unchanged = 0;  ///< Files and symlinks that were the same and not sent.
    std::uint64_t removed = 0;    ///< Each with all that was in it.
    std::uint64_t skipped = 0;    ///< Fifos, sockets and devices.
    std::uint64_t changed = 0;    ///< Files that changed while they were read: what was read of them was written.
    std::uint64_t patched = 0;    ///< Files of which only what differs was sent, see tree_options::delta(); …
    std::uint64_t reused = 0;     ///< … and how many of their bytes were not. 0 of a dry run, which does not look.
    std::string digest;           ///< Of the stream that crossed the wire, and checked.
    std::vector<tree_note> notes; ///< The first hundred.
};

/// So much of a tree.
struct tree_amount {
    std::uint64_t files = 0; ///< What is no directory.
    std::uint64_t bytes = 0; ///< Sizes of files.
};

/// What becomes of one path of the side that receives a tree.
struct tree_change {
    enum class kind {
        written,    ///< It is new, or its content is.
        attributes, ///< Its content stays; mode, time or owner changes.
        removed,    ///< It goes, with all that is in it.
    };

    std::string path; ///< Relative to the top, which is "."; any bytes.
    kind what = kind::written;
    file_type type = file_type::file; ///< file, directory or symlink; of what is removed it says nothing.
    std::uint64_t size = 0;           ///< Of a file that is written, in bytes.
};

/// Called on the executor of the client; it must not block. What it throws ends the call.
using tree_change_callback = std::function<void(const tree_change&)>;

/// How far a tree is.
struct tree_progress {
    std::uint64_t bytes = 0;          ///< That passed the wire.
    tree_amount done;                 ///< Sent, or found to be the same; on its way, where it is fetched.
    std::optional<tree_amount> total; ///< Of the tree, when the side that sends it has counted all of it.
};

/// Called on the executor of the client, after up to 1 MiB each time; it must not block. What it throws ends the call.
using tree_progress_callback = std::function<void(const tree_progress&)>;

/// What becomes of a tree that is there already.
enum class tree_mode {
    merge,   ///< Entries are added to it and replaced in it, one by one.
    fresh,   ///< already_exists.
    replace, ///< The new one takes its place in one step.
};

/// How the side that receives finds what it has already.
enum class tree_compare {
    nothing, ///< All is sent.
    times,   ///< What has the same size and time is not sent.
    digests, ///< What has the same content is not sent; both sides read all of it.
};

/// How to send or fetch a tree. A value with chained setters: `tug::tree_options().exclude("*.o").remove()`.
class tree_options {
public:
    /// What was set, for those who show or store it.
    struct settings_type {
        tree_mode mode = tree_mode::merge;
        tree_compare compare = tree_compare::nothing;
        std::vector<std::string> exclude;
        std::string into;
        std::optional<std::chrono::milliseconds> timeout;
        tree_progress_callback progress;
        tree_change_callback change;
        bool remove = false;
        bool owner = false;
        bool make_parents = false;
        bool durable = true;
        bool dry_run = false;
        bool delta = false;
        std::optional<std::string> resume;
        std::optional<std::uint64_t> limit_rate;
        std::optional<std::uint32_t> compress;
    };

    tree_options() = default;

    tree_options& mode(tree_mode what) &;

    tree_options&& mode(tree_mode what) && { return std::move(mode(what)); }

    /// Not with tree_mode::fresh. With tree_mode::replace the new tree takes from the old one what is the same.
    tree_options& compare(tree_compare by) &;

    tree_options&& compare(tree_compare by) && { return std::move(compare(by)); }

    /// What the receiving side has and the sending side has not goes, and what is of another type is replaced. With
    /// compare() and tree_mode::merge; what is excluded stays.
    tree_options& remove(bool yes = true) &;

    tree_options&& remove(bool yes = true) && { return std::move(remove(yes)); }

    /// A pattern of names to be left out on both sides: `*`, `**`, `?`, `[a-z]`; a name at any depth, or with a slash
    /// the path from the top; with a slash at the end directories alone. 256 of them at most, of up to 256 bytes.
    tree_options& exclude(std::string pattern) &;

    tree_options&& exclude(std::string pattern) && { return std::move(exclude(std::move(pattern))); }

    /// Where the path to write to is a directory already, the tree goes into it under this name, as cp(1) does it.
    tree_options& into(std::string name) &;

    tree_options&& into(std::string name) && { return std::move(into(std::move(name))); }

    /// Owner and group go along, as numbers. Needs a receiver that may give files away.
    tree_options& owner(bool yes = true) &;

    tree_options&& owner(bool yes = true) && { return std::move(owner(yes)); }

    /// Makes the directories that are missing above the tree; put_tree() alone.
    tree_options& make_parents(bool yes = true) &;

    tree_options&& make_parents(bool yes = true) && { return std::move(make_parents(yes)); }

    /// With false, the receiver does not wait for its disk.
    tree_options& durable(bool yes) &;

    tree_options&& durable(bool yes) && { return std::move(durable(yes)); }

    /// Of a file of 1 MiB or more that both sides have, and that differs, only the blocks that differ are sent: as
    /// put_options::delta() and get_options::delta() do. Costs a round trip for each such file, and both sides read all
    /// of it: for what is slower than a disk. Needs compare().
    tree_options& delta(bool yes = true) &;

    tree_options&& delta(bool yes = true) && { return std::move(delta(yes)); }

    /// A name of this transfer, 1 to 64 of `A-Za-z0-9._-`, not first a dot, for put_tree() alone: an earlier try under
    /// that name whose connection was lost, and which tugd may not have done with, is ended before this one begins.
    tree_options& resume(std::string token) &;

    tree_options&& resume(std::string token) && { return std::move(resume(std::move(token))); }

    /// Nothing is written; the summary says what would be.
    tree_options& dry_run(bool yes = true) &;

    tree_options&& dry_run(bool yes = true) && { return std::move(dry_run(yes)); }

    /// For the whole call, on the side of tugd: timed_out. At least 1 ms, at most 24 h; what is beyond is cut.
    tree_options& timeout(std::chrono::milliseconds limit) &;

    tree_options&& timeout(std::chrono::milliseconds limit) && { return std::move(timeout(limit)); }

    /// No more than that many bytes a second, over some time: they go in batches of 512 KiB. At least 1.
    tree_options& limit_rate(std::uint64_t bytes_per_second) &;

    tree_options&& limit_rate(std::uint64_t bytes_per_second) && { return std::move(limit_rate(bytes_per_second)); }

    /// Compresses what goes over, as put_options::compress() and get_options::compress() do.
    tree_options& compress(std::uint32_t level = 3) &;

    tree_options&& compress(std::uint32_t level = 3) && { return std::move(compress(level)); }

    tree_options& on_progress(tree_progress_callback call) &;

    tree_options&& on_progress(tree_progress_callback call) && { return std::move(on_progress(std::move(call))); }

    /// What put_tree() and get_tree() change, or with dry_run() would change, path by path in the order of the names; a
    /// path is told when it is sent or has come, which may be before it is written. Without compare() all that is sent
    /// is written. What stays as it is is not told. Where a call begins anew by itself (a file of delta() was not
    /// right) what it writes is told again.
    tree_options& on_change(tree_change_callback call) &;

    tree_options&& on_change(tree_change_callback call) && { return std::move(on_change(std::move(call))); }

    [[nodiscard]] const settings_type& settings() const noexcept { return set_; }

private:
    settings_type set_;
};

/// Whether `name` is of the form of `pattern`, as tree_options::exclude() has it: for those who look for names. In
/// bounded time, whatever both hold.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view name);

} // namespace tug
