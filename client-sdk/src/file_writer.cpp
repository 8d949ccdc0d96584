#include "file_writer.hpp"

#include "local_failure.hpp"

#include <tug/local_target.hpp>
#include <tug/os/errno.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace tug::detail {

namespace {

/// A directory in which one may write, but not look, cannot be synced, and takes files all the same.
os::unique_fd open_directory(const std::string& path) {
    os::unique_fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory && errno == EACCES) directory.reset(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    return directory;
}

/// The errno of a link that may not be followed; 0 where `path` is no link.
int link_error(const std::string& path) {
    struct stat st{};
    if (::lstat(path.c_str(), &st) != 0 || !S_ISLNK(st.st_mode)) return 0;
    return ::stat(path.c_str(), &st) == 0 ? ELOOP : errno;
}

} // namespace

proto::result<void> file_writer::open() {
    if (file_) return {};
    if (target_.empty()) return local_failure("\"\"", ENOENT);
    const local_target to(target_);
    if (to.is_stream())
        return proto::failure(proto::errc::local_io, target_ + ": is a stream or a device, and no file to be replaced");
    if (const int err = link_error(to.path())) return local_failure(target_, err);
    const auto slash = to.path().rfind('/');
    const auto name = slash == std::string::npos ? to.path() : to.path().substr(slash + 1);
    if (name.empty() || name == "." || name == "..") return local_failure(target_, EISDIR);
    auto directory = open_directory(slash == std::string::npos ? "." : to.path().substr(0, slash + 1));
    if (!directory) return local_failure(target_, errno);
    auto staged = os::staged_file::create(std::move(directory), name, options_, how_);
    if (!staged) return failed(staged.error());
    file_.emplace(std::move(*staged));
    return {};
}

proto::result<void> file_writer::write(std::span<const proto::chunk> pieces) {
    if (auto opened = open(); !opened) return opened;
    for (const auto& piece : pieces) {
        hasher_.update(piece.bytes());
        if (const auto written = file_->write(piece.bytes()); !written) return failed(written.error());
    }
    return {};
}

proto::result<void> file_writer::commit() {
    if (auto opened = open(); !opened) return opened;
    if (const auto done = file_->commit(); !done) return failed(done.error());
    return {};
}

/// As a failure of this host: its errno, whatever it would be on the wire.
proto::failure file_writer::failed(const proto::failure& why) const {
    const int error = why.code == proto::errc::is_directory ? EISDIR : os::errno_of(why.os_error);
    if (error == 0) return {proto::errc::local_io, target_ + ": " + why.message};
    auto f = local_failure(why.stored ? target_ + " is stored, but its directory could not be synced" : target_, error);
    f.stored = why.stored;
    return f;
}

} // namespace tug::detail
