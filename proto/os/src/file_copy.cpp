#include "tug/os/file_copy.hpp"

#include "tug/os/errno.hpp"
#include "tug/os/file_time.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tug::os {

namespace {

/// Between two looks at whether the copy is still wanted.
constexpr std::uint64_t step_size = 16UL * 1024 * 1024;

} // namespace

proto::result<file_copy> file_copy::begin(opened_file source, put_target target, staged_options options) {
    options.new_mode = source.mode;
    options.mtime_ns = source.mtime_ns;
    auto staged = staged_file::create(std::move(target.directory), std::move(target.name), options);
    if (!staged) return staged.error();
    return file_copy(std::move(source), std::move(*staged));
}

proto::result<bool> file_copy::step() {
    if (!std::exchange(begun_, true) && source_.size > 0) {
        auto shared = target_.clone_from(source_.fd.get());
        if (!shared) return shared.error();
        reflinked_ = *shared;
        if (reflinked_) return true;
    }
    if (source_.size > 0) {
        const auto over = pass_hole();
        if (!over || *over) return over;
    }
    const auto most = source_.size > 0 ? std::min(data_end_ - size(), step_size) : step_size;
    const auto came = target_.append_from(source_.fd.get(), size(), most);
    if (!came) return came.error();
    return *came == 0 ? at_end() : proto::result<bool>(false);
}

/// Of what was there at the start; -1 where that cannot be said.
off_t file_copy::end_of_source() const {
    struct stat now{};
    if (::fstat(source_.fd.get(), &now) != 0) return -1;
    return std::min(now.st_size, static_cast<off_t>(source_.size));
}

/// True where nothing but a hole, or nothing at all, is left.
proto::result<bool> file_copy::pass_hole() {
    if (size() >= source_.size) return true;
    if (size() < data_end_) return false;
    const int fd = source_.fd.get();
    auto data = ::lseek(fd, static_cast<off_t>(size()), SEEK_DATA);
    if (data < 0 && errno == ENXIO) data = end_of_source(); // a hole to the end, or it was cut
    const auto end = data < 0 ? data : ::lseek(fd, data, SEEK_HOLE);
    // A file system that knows nothing of holes: all is data.
    data_end_ = end < 0 ? source_.size : std::min(static_cast<std::uint64_t>(end), source_.size);
    if (data < 0) return false;
    const auto begin = std::min(static_cast<std::uint64_t>(data), source_.size);
    if (begin == source_.size) data_end_ = begin;
    if (begin > size())
        if (const auto skipped = target_.skip(begin - size()); !skipped) return skipped.error();
    return size() >= source_.size;
}

/// The source ended: before its size only a file of /sys may.
proto::result<bool> file_copy::at_end() {
    struct stat now{};
    if (::fstat(source_.fd.get(), &now) != 0) return file_failure(errno, "cannot read the file");
    const bool same =
        static_cast<std::uint64_t>(now.st_size) == source_.size && to_nanoseconds(now.st_ctim) == source_.changed_ns;
    if (source_.size == 0 || same || accepts_changes_) return true;
    return proto::failure(proto::errc::io_error, "the file became shorter while it was being copied");
}

proto::result<void> file_copy::commit() {
    struct stat now{};
    if (::fstat(source_.fd.get(), &now) != 0) return file_failure(errno, "cannot read the file");
    if (static_cast<std::uint64_t>(now.st_size) < source_.size && !accepts_changes_) {
        discard();
        return proto::failure(proto::errc::io_error, "the file became shorter while it was being copied");
    }
    return target_.commit();
}

bool file_copy::changed() const {
    struct stat now{};
    return ::fstat(source_.fd.get(), &now) != 0 || static_cast<std::uint64_t>(now.st_size) != source_.size ||
           to_nanoseconds(now.st_mtim) != source_.mtime_ns;
}

} // namespace tug::os
