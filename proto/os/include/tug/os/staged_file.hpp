#pragma once

#include <tug/os/unique_fd.hpp>
#include <tug/proto/error.hpp>

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace tug::os {

/// How a staged file ends.
struct staged_options {
    std::optional<unsigned> mode{};         ///< At most 0777, not cut by the umask; also where a file is replaced.
    unsigned new_mode = 0644;               ///< Without `mode`: of a file that replaces none. At most 0777.
    bool obey_umask = false;                ///< The umask, or the default ACL of the directory, cuts `new_mode`.
    std::optional<std::int64_t> mtime_ns{}; ///< Since the epoch; without it the time of the last write stays.
    std::optional<std::uint32_t> uid{};     ///< Whom it is to belong to, also where a file is replaced.
    std::optional<std::uint32_t> gid{};
    bool durable = true;     ///< Sync the file before, the directory after it gets its name.
    bool overwrite = true;   ///< False: already_exists where anything has that name.
    bool early_check = true; ///< Look at the target also before the data comes, not only after it.
    bool readable = false;   ///< For descriptor().
    /// Called by commit() at the last moment before the file gets its name, with the directory and that name; what it
    /// fails with ends the commit.
    std::function<proto::result<void>(int directory, const std::string& name)> before_name{};
};

/// How the file is kept until it is complete; anything but automatic is for tests.
enum class staging {
    automatic, ///< Without a name (O_TMPFILE) where the file system can, else named.
    named,     ///< As `.tug-<16 hex>.tmp` beside the target.
};

/// A file on its way to its place: readers of the target see what was there before, or all of the new one.
///
/// A regular file that is replaced leaves it its mode, unless another was asked for, and owner, group, access ACL and
/// extended attributes as far as this process may give them; setuid, setgid, sticky and file capabilities it leaves
/// not.
///
/// create() -> write()… -> commit(), and between the last two the caller verifies size and digest. Without commit(), or
/// when any step fails, nothing remains of it. As long as it has the name of a temporary, also while it gets that of
/// the target, the file is locked with flock(LOCK_EX): by that lock a temporary in use is told from one that a kill -9
/// has left (see lock_temporary()). After a failure only discard() and the destructor may be called. One thread at a
/// time. Every method may block.
class staged_file {
public:
    /// Looks at what stands at the target (see commit()) so that a put in vain ends before its data comes, then makes
    /// the file. `directory` is open for reading, or with O_PATH, and then it is not synced; `name` is a plain single
    /// component.
    [[nodiscard]] static proto::result<staged_file>
    create(unique_fd directory, std::string name, const staged_options& options, staging how = staging::automatic);

    /// The same for a transfer that can be interrupted: goes on with what is there of it as `partial` in the directory,
    /// see open_partial(), and then size() is not 0 at the start.
    [[nodiscard]] static proto::result<staged_file> resume(unique_fd directory, std::string name,
                                                           const staged_options& options, const std::string& partial,
                                                           std::uint64_t most);

    staged_file(staged_file&&) noexcept = default;
    staged_file& operator=(staged_file&&) = delete; // would have to discard; use std::optional and emplace

    /// As discard().
    ~staged_file() { discard(); }

    /// For a writer that learns with the last byte what the file is to have; as in the options.
    void set_attributes(unsigned new_mode, std::int64_t mtime_ns) noexcept {
        options_.new_mode = new_mode & 0777U;
        options_.mtime_ns = mtime_ns;
    }

    /// Appends all of `bytes`. Fails with no_space (ENOSPC, EDQUOT) or as the OS says.
    [[nodiscard]] proto::result<void> write(std::span<const std::byte> bytes);

    /// Shares the blocks of all of `source`, where the file system can; false where it cannot, and nothing is written.
    /// Precondition: nothing was written before.
    [[nodiscard]] proto::result<bool> clone_from(int source);

    /// Appends at most `most` bytes of `source` from its position `from` on, without a detour by this process where the
    /// kernel can. Gives how many; 0 at the end of the source.
    [[nodiscard]] proto::result<std::uint64_t> append_from(int source, std::uint64_t from, std::uint64_t most);

    /// Takes over the first `size` bytes of `source`, or all where it has fewer, for a delta; a part of them in each
    /// call, true when that is done; holes stay holes. More may be there in the end: see set_size(). Precondition:
    /// nothing else was written before.
    [[nodiscard]] proto::result<bool> take_base(int source, std::uint64_t size);

    /// Writes over what is there. Does not change size().
    [[nodiscard]] proto::result<void> write_at(std::uint64_t position, std::span<const std::byte> bytes);

    /// Cuts the file, or ends it with a hole.
    [[nodiscard]] proto::result<void> set_size(std::uint64_t size);

    /// Leaves a hole of so many bytes.
    [[nodiscard]] proto::result<void> skip(std::uint64_t bytes);

    /// Bytes written or left out so far.
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

    /// Sets mode, mtime and what is kept, syncs, gives the file its name, syncs the directory. Refuses with
    /// is_directory, not_a_regular_file (a fifo, device or socket) or already_exists what stands at the target; a
    /// symlink there is itself replaced. Where only the sync of the directory fails: io_error with `stored` set, the
    /// file is in its place. No sync is ever tried twice: what the kernel reported once it has forgotten the second
    /// time. Also without `durable` the file gets its name only after what close(2) reports (NFS writes back then) was
    /// success.
    [[nodiscard]] proto::result<void> commit();

    /// For reading what is there. Precondition: from resume(), or `readable`, and neither committed nor gone.
    [[nodiscard]] int descriptor() const noexcept { return file_.get(); }

    /// Drops what resume() has found.
    [[nodiscard]] proto::result<void> begin_anew();

    /// Lets go of the file: what has come stays for resume(), where it came from there and is worth_keeping.
    void leave() noexcept;

    /// Removes the file unless it was committed. Freeing the blocks of a big one can block for long: call it on a
    /// blocking thread, rather than leaving it to the destructor. May be called again.
    void discard() noexcept;

private:
    staged_file(unique_fd directory, std::string name, const staged_options& options) noexcept
        : directory_(std::move(directory)), name_(std::move(name)), options_(options) {}

    [[nodiscard]] proto::result<bool> check_target() const;
    [[nodiscard]] proto::failure failed(int err);
    [[nodiscard]] int access() const noexcept;
    int open_nameless();
    int open_named();
    int complete(bool replaces) const;
    int set_mtime() const;
    int take_name();
    int take_free_name();
    int link_as(const std::string& name) const;
    int link_temporary();

    unique_fd directory_;
    std::string name_;
    staged_options options_;
    unique_fd file_;        // empty once committed or discarded
    mode_t allowed_ = 0777; // the bits that a new file may have here
    std::string temporary_; // its name while it has one of its own
    std::uint64_t size_ = 0;
};

} // namespace tug::os
