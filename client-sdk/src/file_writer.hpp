#pragma once

#include <tug/os/staged_file.hpp>
#include <tug/proto/chunk.hpp>
#include <tug/proto/digest.hpp>
#include <tug/proto/error.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace tug::detail {

/// A local file that comes from the server, staged beside its target until it is whole. A writer that goes without
/// commit() leaves the target as it was and nothing else. All calls block; they run on a file thread, one at a time.
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
    ~file_writer() = default;

    /// Follows the links of the target. Refuses a stream (see local_target) and a directory. Idempotent; write() and
    /// commit() do it where it was not done.
    [[nodiscard]] proto::result<void> open();

    [[nodiscard]] proto::result<void> write(std::span<const proto::chunk> pieces);

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
    [[nodiscard]] proto::failure failed(const proto::failure& why) const;

    std::string target_;
    os::staging how_;
    os::staged_options options_;
    std::optional<os::staged_file> file_;
    proto::hasher hasher_;
};

} // namespace tug::detail
