#pragma once

#include <tug/os/unique_fd.hpp>
#include <tug/proto/chunk.hpp>
#include <tug/proto/digest.hpp>
#include <tug/proto/error.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace tug::detail {

/// How the file is kept until it is whole; anything but automatic is for tests.
enum class staging {
    automatic, ///< Without a name (O_TMPFILE) where the file system can, else named.
    named,     ///< As `.tug-<16 hex>.tmp` beside the target.
};

/// A local file that comes from the server, kept beside its target until it is whole. A writer that goes without
/// commit() leaves the target as it was and nothing else. All calls block; they run on a file thread, one at a time.
class file_writer {
public:
    file_writer(std::string target, proto::digest_kind kind, staging how = staging::automatic)
        : target_(std::move(target)), how_(how), hasher_(kind) {}

    file_writer(const file_writer&) = delete;
    file_writer& operator=(const file_writer&) = delete;
    ~file_writer();

    /// Refuses a target that is there and no regular file; a symlink is itself replaced in the end. Idempotent; write()
    /// and commit() do it where it was not done.
    [[nodiscard]] proto::result<void> open();

    [[nodiscard]] proto::result<void> write(std::span<const proto::chunk> pieces);

    /// Of all that was written. Once.
    [[nodiscard]] proto::digest digest() { return hasher_.finish(); }

    /// Mode less the umask, and the time of the last change. Without it the file is 0666 less the umask.
    void set_attributes(std::uint32_t mode, std::int64_t mtime_ns) noexcept {
        mode_ = mode;
        mtime_ns_ = mtime_ns;
        attributes_ = true;
    }

    /// Gives the file its name. With `durable` it is flushed before, and its directory after. A failure has `stored`
    /// set where the file has its name already.
    [[nodiscard]] proto::result<void> commit(bool durable);

private:
    [[nodiscard]] proto::result<void> write_all(std::span<const std::byte> bytes);
    [[nodiscard]] proto::result<void> apply_attributes();
    int open_nameless();
    int open_named();
    int link_temporary();
    int take_name();

    std::string target_;
    staging how_;
    std::string temporary_; ///< Its name while it has one of its own.
    mode_t allowed_ = 0;    ///< The bits that the umask leaves a new file here.
    os::unique_fd fd_;
    proto::hasher hasher_;
    bool attributes_ = false;
    std::uint32_t mode_ = 0666;
    std::int64_t mtime_ns_ = 0;
};

} // namespace tug::detail
