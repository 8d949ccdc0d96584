#include "in_place_file.hpp"

#include <tug/os/errno.hpp>
#include <tug/os/path_text.hpp>

#include <tug/os/file_time.hpp>
#include <tug/os/write_all.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>

namespace tug::service {

proto::result<in_place_file> in_place_file::create(os::unique_fd file, std::string name,
                                                   const in_place_options& options) {
    assert(file);
    if (options.mode && ::fchmod(file.get(), *options.mode) != 0)
        return os::file_failure(errno, "cannot set the mode of " + os::quoted(name) + ", which was not changed");
    return in_place_file(std::move(file), std::move(name), options);
}

proto::result<void> in_place_file::write(std::span<const std::byte> bytes) {
    if (const int err = os::write_all(file_.get(), bytes)) return failed(err);
    size_ += bytes.size();
    return {};
}

proto::result<void> in_place_file::commit() {
    if (const int err = complete()) return failed(err);
    // What a network file system could not write it may say here for the first time.
    if (::close(file_.release()) != 0 && errno != EINTR) return failed(errno);
    return {};
}

int in_place_file::complete() const {
    if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) return errno;
    if (options_.mtime_ns) {
        const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, os::to_timespec(*options_.mtime_ns)};
        // Who may write a file need not be its owner, who alone may set its time.
        if (::futimens(file_.get(), times) != 0 && errno != EPERM) return errno;
    }
    return options_.durable && ::fsync(file_.get()) != 0 ? errno : 0;
}

proto::failure in_place_file::failed(int err) const {
    return os::file_failure(err, "cannot write into " + os::quoted(name_) + ", which may hold a part of what came");
}

} // namespace tug::service
