#include "tug/os/staged_file.hpp"

#include "tug/os/errno.hpp"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <utility>
#include <vector>

// How a staged file takes the bytes of another file of this host.

namespace tug::os {

namespace {

/// As copy_file_range(2) says that it cannot do this: between these file systems, of this kernel, past this filter.
/// What the disk has to say (EIO, ENOSPC) is no such thing.
bool cannot_copy(int err) {
    return err == EXDEV || err == EOPNOTSUPP || err == EINVAL || err == ENOSYS || err == EPERM || err == ETXTBSY;
}

/// From `at` on and before `size`: where data begin, and where they end. Both are the end of the file where there are
/// none; all is data where the file system knows nothing of holes.
std::pair<std::uint64_t, std::uint64_t> next_data(int source, std::uint64_t at, std::uint64_t size) {
    struct stat now{};
    if (::fstat(source, &now) == 0) size = std::max(at, std::min(size, static_cast<std::uint64_t>(now.st_size)));
    const auto data = ::lseek(source, static_cast<off_t>(at), SEEK_DATA);
    if (data < 0) return {errno == ENXIO ? size : at, size};
    const auto hole = ::lseek(source, data, SEEK_HOLE);
    const auto end = hole < 0 ? size : std::min(size, static_cast<std::uint64_t>(hole));
    return {std::min(size, static_cast<std::uint64_t>(data)), end};
}

} // namespace

proto::result<bool> staged_file::clone_from(int source) {
    assert(file_ && size_ == 0);
    struct stat now{};
    if (::ioctl(file_.get(), FICLONE, source) != 0) return false; // whatever it is, a copy will say it
    if (::fstat(file_.get(), &now) != 0) return failed(errno);
    size_ = static_cast<std::uint64_t>(now.st_size);
    return true;
}

proto::result<std::uint64_t> staged_file::append_from(int source, std::uint64_t from, std::uint64_t most) {
    assert(file_);
    auto at = static_cast<off_t>(from);
    const auto copied = ::copy_file_range(source, &at, file_.get(), nullptr, most, 0);
    if (copied < 0 && errno != EINTR && !cannot_copy(errno)) return failed(errno);
    if (copied > 0) {
        size_ += static_cast<std::uint64_t>(copied);
        return static_cast<std::uint64_t>(copied);
    }
    // Also of 0, which is what the kernel says of files that do not know their size.
    constexpr std::uint64_t at_once = 1024UL * 1024;
    std::vector<std::byte> buffer(std::min(most, at_once));
    ssize_t n = 0;
    do n = ::pread(source, buffer.data(), buffer.size(), static_cast<off_t>(from));
    while (n < 0 && errno == EINTR);
    if (n < 0) return failed(errno);
    const auto came = std::span(buffer).first(static_cast<std::size_t>(n));
    if (auto written = write(came); !written) return written.error();
    return came.size();
}

proto::result<bool> staged_file::take_base(int source, std::uint64_t size) {
    constexpr std::uint64_t at_once = 64UL * 1024 * 1024;
    if (size_ == 0) {
        auto shared = clone_from(source);
        if (!shared || *shared) return shared;
    }
    const auto [data, end] = next_data(source, size_, size);
    if (data > size_)
        if (auto skipped = skip(data - size_); !skipped) return skipped.error();
    if (end == size_) return true;
    const auto copied = append_from(source, size_, std::min(end - size_, at_once));
    if (!copied) return copied.error();
    return *copied == 0 || size_ >= size;
}

} // namespace tug::os
