#include "tug/os/file_digest.hpp"

#include "tug/os/errno.hpp"
#include "tug/os/file_time.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>

namespace tug::os {

namespace {

constexpr std::uint64_t no_end = std::numeric_limits<std::int64_t>::max();

} // namespace

file_digest::file_digest(opened_file file, const digest_range& range, std::uint64_t end)
    : file_(std::move(file)),
      range_(range),
      end_(end),
      whole_(file_.fd.get(), range.offset, end, proto::hasher(range.kind)),
      block_(range.kind),
      done_(end == range.offset) {}

proto::result<file_digest> file_digest::begin(opened_file file, const digest_range& range) {
    const auto size = file.size > 0 ? file.size : no_end;
    if (range.offset > size)
        return proto::failure(proto::errc::range_invalid, "offset " + std::to_string(range.offset) +
                                                              " is past the end of " + std::to_string(file.size) +
                                                              " bytes");
    ::posix_fadvise(file.fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    const auto end = range.offset + std::min(range.length.value_or(no_end), size - range.offset);
    return file_digest(std::move(file), range, end);
}

proto::result<void> file_digest::step(std::uint64_t most, std::string& blocks) {
    if (done_) return {};
    const auto also = [&](std::span<const std::byte> bytes) { add_to_blocks(bytes, blocks); };
    const auto read = whole_.step(std::max<std::uint64_t>(most, 1), also);
    if (!read) return read.error();
    if (!*read) return {};
    if (whole_.position() < end_)
        if (const auto ok = check_end(); !ok) return ok;
    done_ = true;
    if (in_block_ > 0) end_block(blocks);
    return {};
}

/// The file ended where more was to come, or where nothing was known of its end.
proto::result<void> file_digest::check_end() {
    if (file_.size == 0) {
        if (bytes() > 0 || range_.offset == 0) return {};
        return proto::failure(proto::errc::range_invalid,
                              "offset " + std::to_string(range_.offset) + " is past the end of 0 bytes");
    }
    struct stat now{};
    if (::fstat(file_.fd.get(), &now) != 0) return file_failure(errno, "cannot read the file");
    if (static_cast<std::uint64_t>(now.st_size) != file_.size || to_nanoseconds(now.st_ctim) != file_.changed_ns)
        return proto::failure(proto::errc::io_error, "the file became shorter while it was being read");
    file_.size = whole_.position();
    return {};
}

void file_digest::add_to_blocks(std::span<const std::byte> bytes, std::string& blocks) {
    while (range_.block && !bytes.empty()) {
        const auto part = bytes.first(std::min<std::uint64_t>(bytes.size(), *range_.block - in_block_));
        block_.update(part);
        in_block_ += part.size();
        bytes = bytes.subspan(part.size());
        if (in_block_ == *range_.block) end_block(blocks);
    }
}

void file_digest::end_block(std::string& blocks) {
    const auto made = std::exchange(block_, proto::hasher(range_.kind)).finish();
    for (const auto b : made.bytes()) blocks += static_cast<char>(b);
    in_block_ = 0;
}

} // namespace tug::os
