#pragma once

#include <tug/os/range_digest.hpp>
#include <tug/os/root.hpp>
#include <tug/os/staged_file.hpp>
#include <tug/proto/chunk.hpp>
#include <tug/proto/digest.hpp>
#include <tug/proto/error.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tug::detail {

/// A local file that comes from the server, staged beside its target until it is whole. A writer that goes without
/// commit() leaves the target as it was and nothing else, but for what resume() keeps. All calls block; they run on a
/// file thread, one at a time.
class file_writer {
public:
    file_writer(std::string target, proto::digest_kind kind, bool durable, os::staging how = os::staging::automatic)
        : target_(std::move(target)), how_(how), hasher_(kind) {
        options_.durable = durable;
        options_.new_mode = 0666;
        options_.obey_umask = true;
    }

    file_writer(const file_writer&) = delete;
    file_writer& operator=(const file_writer&) = delete;

    ~file_writer() {
        if (file_ && !spoiled_) file_->leave();
    }

    /// Follows the links of the target. Refuses a stream (see local_target) and a directory. Idempotent; write() and
    /// commit() do it where it was not done.
    [[nodiscard]] proto::result<void> open();

    /// For a transfer that can be interrupted: what comes of it is then left beside the target, under a name that is
    /// made of the token, the remote path and the target, unless another transfer uses that. Finds what is there of it,
    /// and makes nothing where that is nothing.
    [[nodiscard]] proto::result<void> resume(std::string token, std::string remote);

    /// What resume() has found, and when that was written, in ns since the epoch.
    [[nodiscard]] std::uint64_t size() const noexcept { return file_ ? file_->size() : 0; }

    [[nodiscard]] std::int64_t written_ns() const noexcept;

    /// Drops it.
    [[nodiscard]] proto::result<void> begin_anew();

    /// Digests what resume() has found, a part of it in each call; true when that is done.
    [[nodiscard]] proto::result<bool> digest_begun();

    /// What has come is of no use: it goes.
    void spoil() noexcept { spoiled_ = true; }

    [[nodiscard]] proto::result<void> write(std::span<const proto::chunk> pieces);

    /// Digests the last bytes of the file, which commit() writes: a small file is then one trip to a file thread.
    /// Nothing but digest() and commit() comes after it. Does not block, and digests on the calling thread: for few
    /// bytes.
    void keep(std::vector<proto::chunk> last);

    /// Leaves a hole up to there, a part of it in each call; true when that is done. Fails with protocol_violation
    /// where that position was passed already.
    [[nodiscard]] proto::result<bool> reach(std::uint64_t position);

    /// For a transfer of what differs: the file that would be replaced, open for reading; nothing where there is none.
    [[nodiscard]] std::optional<os::opened_file> open_base() const;

    /// Begins as a copy of the first `size` bytes of `base`, a part of them in each call; true when that is done.
    [[nodiscard]] proto::result<bool> copy_base(int base, std::uint64_t size);

    /// Over what copy_base() has copied, or behind it.
    [[nodiscard]] proto::result<void> write_at(std::uint64_t position, std::span<const std::byte> bytes);

    /// The file has that size now, and digest() is of all of it; a part of that in each call, true when it is done.
    [[nodiscard]] proto::result<bool> digest_whole(std::uint64_t size);

    /// Of all that was written. Once.
    [[nodiscard]] proto::digest digest() { return hasher_.finish(); }

    /// Of a file that replaces none: the mode, less the umask; without it the file is 0666 less the umask. Of each: the
    /// time of the last change.
    void set_attributes(std::uint32_t mode, std::int64_t mtime_ns) noexcept {
        options_.new_mode = mode & 0777U;
        options_.mtime_ns = mtime_ns;
        if (file_) file_->set_attributes(mode, mtime_ns);
    }

    /// Gives the file its name. With `durable` it is flushed before, and its directory after. A failure has `stored`
    /// set where the file has its name already.
    [[nodiscard]] proto::result<void> commit();

private:
    /// Where the file goes.
    struct place {
        os::unique_fd directory;
        std::string name;
        bool taken; ///< False where nothing is there.
    };

    [[nodiscard]] proto::result<place> find_place() const;
    [[nodiscard]] std::string partial_name(const place& at) const;
    [[nodiscard]] proto::result<void> open_partial();
    [[nodiscard]] proto::failure failed(const proto::failure& why) const;

    std::string target_;
    os::staging how_;
    os::staged_options options_;
    std::optional<os::staged_file> file_;
    proto::hasher hasher_;
    std::string token_; // empty: cannot be resumed
    std::string remote_;
    std::optional<os::range_digest> begun_;
    std::vector<proto::chunk> kept_; // digested, and not written yet
    bool spoiled_ = false;
};

} // namespace tug::detail
