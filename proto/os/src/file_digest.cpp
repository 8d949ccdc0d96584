#include "tug/os/file_digest.hpp"

#include "tug/os/errno.hpp"
#include "tug/os/file_time.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

namespace tug::os {

namespace {

constexpr std::size_t buffer_size = 256UL * 1024;

} // namespace

file_digest::file_digest(opened_file file, const digest_range& range)
    : file_(std::move(file)),
      range_(range),
      at_(range.offset),
      whole_(range.kind),
      block_(range.kind),
      buffer_(buffer_size) {
    if (file_.size > 0) left_ = file_.size - range_.offset;
    if (range_.length) left_ = std::min(left_.value_or(*range_.length), *range_.length);
}

proto::result<file_digest> file_digest::begin(opened_file file, const digest_range& range) {
    if (file.size > 0 && range.offset > file.size)
        return proto::failure(proto::errc::range_invalid, "offset " + std::to_string(range.offset) +
                                                              " is past the end of " + std::to_string(file.size) +
                                                              " bytes");
    ::posix_fadvise(file.fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    return file_digest(std::move(file), range);
}

proto::result<void> file_digest::step(std::uint64_t most, std::string& blocks) {
    const auto until = at_ + std::max<std::uint64_t>(most, 1);
    while (!done() && at_ < until) {
        const auto n = read();
        if (!n) return n.error();
        if (*n == 0) {
            if (const auto ok = check_end(); !ok) return ok;
            left_ = 0;
            break;
        }
        at_ += *n;
        if (left_) *left_ -= *n;
        update(std::span(buffer_).first(*n), blocks);
    }
    if (done() && in_block_ > 0) end_block(blocks);
    return {};
}

proto::result<std::size_t> file_digest::read() {
    const auto most = std::min<std::uint64_t>(left_.value_or(buffer_.size()), buffer_.size());
    for (;;) {
        const auto n = ::pread(file_.fd.get(), buffer_.data(), most, static_cast<off_t>(at_));
        if (n >= 0) return static_cast<std::size_t>(n);
        if (errno != EINTR) return file_failure(errno, "cannot read the file");
    }
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
    file_.size = at_;
    return {};
}

void file_digest::update(std::span<const std::byte> bytes, std::string& blocks) {
    whole_.update(bytes);
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
