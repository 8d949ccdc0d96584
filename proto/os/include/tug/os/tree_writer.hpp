#pragma once

#include <tug/os/file_copy.hpp>
#include <tug/os/file_patch.hpp>
#include <tug/os/resolve.hpp>
#include <tug/os/staged_file.hpp>
#include <tug/os/staged_tree.hpp>
#include <tug/os/tree_counts.hpp>
#include <tug/proto/entry_stream.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tug::os {

/// How a tree is written.
struct tree_write_options {
    bool remove = false; ///< Entries may say that something is to go; what is of another type is replaced.
    bool owner = false;  ///< Entries say whom they belong to, as numbers.
    bool durable = true;
    bool delta = false; ///< Files may come as what differs from those that are there.
};

/// Writes a stream of entries as a tree, from whatever peer: nothing outside of its top is touched, no symlink in it is
/// followed, whatever is renamed meanwhile, and nothing gets setuid, setgid or sticky bits. Both sides write by this.
///
/// Either into a staged_tree, which is in its place with commit() and not before, or into a directory that is there:
/// then each file is replaced as a put does it, and what was written stays. A directory gets its mode and time when the
/// last entry in it was written. Memory: one level for each name of a path; at most `most_held` descriptors.
///
/// feed() -> … -> commit(). After a failure only discard() and the destructor may be called. One thread at a time.
/// Every method may block.
class tree_writer final : private proto::entry_sink {
public:
    /// Into a tree that takes its place at the end.
    tree_writer(staged_tree beside, const tree_write_options& how);

    /// Into the directory `top`, open for reading.
    tree_writer(unique_fd top, const tree_write_options& how);

    ~tree_writer() override = default;

    /// A tree that is to be replaced: entries may say that a file of it is the `same`. Such a file is linked, or where
    /// its mode, time or owner differs or it has more names, copied. What another process writes to it meanwhile may be
    /// in the new tree, too. Precondition: this writes a staged tree.
    void take_from(unique_fd old) noexcept { old_.top = std::move(old); }

    /// The next bytes of the stream, with all the work that they make.
    [[nodiscard]] proto::result<void> feed(std::span<const std::byte> bytes);

    /// The same for a caller that may stop in between: gives how many it took, which are fewer than all where there is
    /// work to be done before the next.
    [[nodiscard]] proto::result<std::size_t> take(std::span<const std::byte> bytes) {
        return decoder_.feed(bytes, *this);
    }

    /// The next entry is a file whose content is that of another one of this host, which is copied by work().
    [[nodiscard]] proto::result<void> begin_copy(proto::entry_head head, opened_file from);

    /// Of a large file that is copied, or is built on the one that is there: that is copied, too, and what comes of it
    /// read as a whole.
    [[nodiscard]] bool has_work() const noexcept {
        return file_ && ((file_->patch && file_->patch->has_work()) || (file_->copy && !file_->copied));
    }

    /// Does a part of it; what the sender is to be told on the stream `blocks` is appended to `told`.
    [[nodiscard]] proto::result<void> work(std::string& told);

    /// The stream is over and was verified.
    [[nodiscard]] proto::result<void> commit();

    /// Removes what was staged.
    void discard() noexcept;

    [[nodiscard]] const tree_counts& counts() const noexcept { return counts_; }

    /// Files of this host that changed while they were copied.
    [[nodiscard]] std::uint64_t changed_copies() const noexcept { return changed_copies_; }

    /// How far the sender is, and how much there is, where it says so.
    [[nodiscard]] const std::optional<proto::tree_amount>& passed() const noexcept { return passed_; }

    [[nodiscard]] const std::optional<proto::tree_amount>& total() const noexcept { return total_; }

private:
    static constexpr std::size_t most_held = 64;

    /// A directory on the way to the last entry.
    struct level {
        std::string name;
        unique_fd fd;                          ///< Closed where too many are deeper.
        std::optional<proto::entry_head> last; ///< What it gets when it is left.
    };

    /// The file whose bytes come.
    struct written_file {
        proto::entry_head head;
        unique_fd fd;                      ///< In a staged tree.
        std::optional<staged_file> staged; ///< In one that is there.
        std::optional<file_patch> patch;   ///< In either, of what differs.
        std::optional<file_copy> copy;     ///< In either, of a file of this host.
        bool copied = false;
        std::uint64_t at = 0;
        bool holes = false;
        bool changed = false;
    };

    /// The tree that is replaced.
    struct old_tree {
        unique_fd top;
        std::string path; ///< Of `directory`, with its slash.
        unique_fd directory;
    };

    [[nodiscard]] proto::result<void> begin(proto::entry_head head) override;
    [[nodiscard]] proto::result<void> more(proto::entry_more head) override;
    [[nodiscard]] proto::result<void> bytes(std::span<const std::byte> some) override;

    [[nodiscard]] bool paused() const noexcept override { return has_work(); }

    [[nodiscard]] bool staged() const noexcept { return beside_.has_value(); }

    /// The last entry is a file whose end has not come.
    [[nodiscard]] bool takes_bytes() const noexcept {
        return file_ && !file_->copy && !(file_->patch && file_->patch->verified());
    }

    [[nodiscard]] proto::result<void> go_to_directory_of(std::string_view path);
    [[nodiscard]] static os_result<unique_fd> open_below(int top, std::string_view path, std::size_t depth);
    [[nodiscard]] proto::result<void> leave();
    [[nodiscard]] proto::result<int> here();
    void go_into(std::string name, unique_fd fd, std::optional<proto::entry_head> last);

    [[nodiscard]] proto::result<void> begin_directory(const proto::entry_head& head, const std::string& name);
    [[nodiscard]] staged_options options_for(const proto::entry_head& head) const;
    [[nodiscard]] proto::result<void> begin_file(proto::entry_head head, const std::string& name);
    [[nodiscard]] proto::result<void> begin_patch(proto::entry_head head, const std::string& name);
    [[nodiscard]] std::optional<opened_file> open_base(int in, const std::string& path, const std::string& name);
    [[nodiscard]] proto::result<void> pass_to(std::uint64_t position);
    [[nodiscard]] proto::result<void> end_patch(const std::string& digest);
    [[nodiscard]] proto::result<void> keep_file(const proto::entry_head& head, const std::string& name);
    [[nodiscard]] proto::result<void> take_old(const proto::entry_head& head, const std::string& name);
    [[nodiscard]] proto::result<void> copy_old(const proto::entry_head& head, const std::string& name, int old);
    [[nodiscard]] proto::result<int> old_directory_of(std::string_view path);
    [[nodiscard]] proto::result<void> make_symlink(const proto::entry_head& head, const std::string& name);
    [[nodiscard]] proto::result<void> make_link(const proto::entry_head& head, const std::string& name);
    [[nodiscard]] proto::result<void> remove(const proto::entry_head& head, const std::string& name);
    [[nodiscard]] int set_status(int fd, const proto::entry_head& head) const;
    [[nodiscard]] proto::result<void> end_file();
    [[nodiscard]] proto::failure failed(int err, std::string_view path) const;

    proto::entry_decoder decoder_;
    tree_write_options how_;
    std::optional<staged_tree> beside_;
    old_tree old_;
    std::vector<level> levels_; ///< The first is the top.
    std::optional<written_file> file_;
    tree_counts counts_;
    std::uint64_t changed_copies_ = 0;
    std::optional<proto::tree_amount> passed_;
    std::optional<proto::tree_amount> total_;
};

} // namespace tug::os
