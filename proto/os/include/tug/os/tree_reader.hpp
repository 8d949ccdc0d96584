#pragma once

#include <tug/os/have_entries.hpp>
#include <tug/os/tree_changes.hpp>
#include <tug/os/tree_counts.hpp>
#include <tug/os/tree_walk.hpp>
#include <tug/proto/block_delta.hpp>
#include <tug/proto/chunk.hpp>
#include <tug/proto/digest.hpp>
#include <tug/proto/entry_stream.hpp>
#include <tug/proto/name_patterns.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tug::os {

/// A file of a tree for a writer on the same host.
struct taken_file {
    proto::entry_head head;
    opened_file file;
};

/// What a tree_reader sends.
struct tree_read_options {
    proto::name_patterns exclude;
    bool owner = false;   ///< Owner and group, as numbers.
    bool contents = true; ///< False: heads alone.
    bool by_file = false; ///< For a writer on the same host: large files are no part of the stream, see take_file().
    bool listing = false; ///< Heads alone, of each name of a file that has several, and of temporaries none.
    bool digests = false; ///< With `listing`: that of each file. With a list of what the other side has: content
                          ///< decides what is the same, not the time.
    bool remove = false;  ///< Say what the other side has and this tree has not.
    bool delta = false;   ///< Of large files that the other side has it is sent what differs: see wants_blocks().
    bool whole = false;   ///< The other side makes a new tree of what it has and what comes: all of it is said, and
                          ///< what only it has is left out there.
    have_entries* have = nullptr; ///< What the other side has; it is sent only what differs. Must outlive the reader.
    std::vector<tree_change>* changes = nullptr; ///< What is sent that changes something there goes to its end. Must
                                                 ///< outlive the reader.
};

/// A directory with all that is in it as a stream of entries. By descriptors, and no symlink is followed, so that it
/// stays below the top whatever is renamed meanwhile. Memory: that of tree_walk and of the files that have several
/// names.
///
/// A file is sent as large as it was when it was opened. One that is cut or written to meanwhile is said to have
/// changed. What has gone between two looks was never there; what cannot be read ends the reading with local words of
/// the failure. Not thread safe, but may go from thread to thread; it blocks on the file system.
class tree_reader {
public:
    /// `top` is a directory, O_PATH will do.
    [[nodiscard]] static proto::result<tree_reader> begin(unique_fd top, tree_read_options how);

    /// The next bytes of the stream, `most` of them about: fewer at the end, and where the list of what the other side
    /// has goes no further: feed it then, see wants_have().
    [[nodiscard]] proto::result<std::vector<proto::chunk>> read(std::size_t most);

    /// Where read() has come to a large file: what comes next. It must be taken before the next read().
    [[nodiscard]] std::optional<taken_file> take_file() noexcept { return std::exchange(taken_, std::nullopt); }

    /// All was read.
    [[nodiscard]] bool done() const noexcept { return done_; }

    /// From here on every read() ends by saying how far it is, and how much there is, where that is known by now.
    void tell_progress(std::optional<proto::tree_amount> total) noexcept {
        telling_ = true;
        total_ = total;
    }

    /// What it has come by so far, sent or not.
    [[nodiscard]] proto::tree_amount passed() const noexcept;

    /// More of the list of what the other side has is needed.
    [[nodiscard]] bool wants_have() const noexcept { return !done_ && how_.have != nullptr && !how_.have->ready(); }

    /// A file is to be sent as what differs from that of the other side: the list of its blocks is needed, fed by
    /// feed_blocks(). Nothing is read before.
    [[nodiscard]] bool wants_blocks() const noexcept { return file_ && file_->delta && !file_->delta->base; }

    [[nodiscard]] proto::result<void> feed_blocks(std::span<const std::byte> bytes);

    [[nodiscard]] const tree_counts& counts() const noexcept { return counts_; }

private:
    /// An entry of the tree on its way.
    struct own_entry {
        std::string path;
        file_status status;
    };

    /// How a file is sent of which the other side has an older one.
    struct delta_state {
        std::size_t block;
        proto::block_list list{};
        std::optional<proto::block_delta> base{}; ///< When all of the list has come.
        proto::hasher digest{proto::digest_kind::xxh3_128};
        std::uint64_t sent_to = 0; ///< Behind the last byte that was sent.
    };

    /// The file whose bytes are being sent.
    struct open_file {
        unique_fd fd;
        std::string path;
        std::uint64_t size = 0;
        std::uint64_t at = 0;
        std::int64_t changed_ns = 0;
        bool has_holes = false;
        std::optional<delta_state> delta{};
    };

    tree_reader(tree_walk walk, tree_read_options how) : walk_(std::move(walk)), how_(std::move(how)) {}

    [[nodiscard]] static proto::failure unreadable(int err, std::string_view path);
    [[nodiscard]] proto::result<void> step();
    [[nodiscard]] proto::result<bool> look_ahead();
    [[nodiscard]] bool is_left_out(const tree_entry& entry) const;
    [[nodiscard]] proto::result<void> step_both();
    void pass_theirs();
    void say_absent(std::string path);
    void note_change(tree_change::kind what, std::string path);
    [[nodiscard]] proto::result<void> compare();
    [[nodiscard]] proto::result<void> send_own(bool same_content, std::uint64_t base_size = 0);
    [[nodiscard]] proto::result<void> send_file(proto::entry_head head, bool same_content, std::uint64_t base_size);
    [[nodiscard]] proto::result<void> send_content(proto::entry_head head, std::optional<std::size_t> block);
    [[nodiscard]] proto::result<void> send_small();
    [[nodiscard]] std::optional<std::size_t> block_for(std::uint64_t size, std::uint64_t base_size) const;
    [[nodiscard]] bool has_earlier_name(proto::entry_head& head);
    [[nodiscard]] proto::result<unique_fd> open_own() const;
    [[nodiscard]] proto::result<std::string> digest_of_own() const;
    [[nodiscard]] proto::entry_head head_of_own() const;
    [[nodiscard]] proto::result<void> read_some();
    [[nodiscard]] proto::result<void> read_changed();
    [[nodiscard]] proto::result<void> end_file(bool cut);
    void pass_own();
    void say_progress();
    void append_record(std::string_view head, std::uint32_t body_size);
    void append_bytes(std::span<const std::byte> bytes);
    [[nodiscard]] std::span<std::byte> room(std::size_t wanted);

    tree_walk walk_;
    tree_read_options how_;
    tree_counts counts_;
    std::optional<own_entry> own_; ///< The next one, looked at and not sent yet.
    bool at_end_ = false;          ///< The walk is over.
    bool done_ = false;
    std::string removing_; ///< A directory that only the other side has, whose entries are passed over.
    std::optional<open_file> file_;
    std::optional<taken_file> taken_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> names_; ///< Of files with several: the first one.
    bool telling_ = false;
    proto::tree_amount passed_; ///< Of a file that is being sent, all.
    std::optional<proto::tree_amount> total_;
    std::vector<proto::chunk> out_;
    std::size_t out_bytes_ = 0;
    std::vector<std::byte> buffer_; ///< For what is compared.
    std::size_t compared_ = 0;      ///< In one call of read().
    std::string text_;              ///< Of a head, to use its memory again.
};

} // namespace tug::os
