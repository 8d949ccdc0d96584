#include "file_writer.hpp"

#include "local_failure.hpp"

#include <tug/local_target.hpp>
#include <tug/os/errno.hpp>
#include <tug/os/file_time.hpp>
#include <tug/os/partial_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

namespace tug::detail {

namespace {

/// A directory in which one may write, but not look, cannot be synced, and takes files all the same.
os::unique_fd open_directory(const std::string& path) {
    os::unique_fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory && errno == EACCES) directory.reset(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    return directory;
}

} // namespace

proto::result<file_writer::place> file_writer::find_place() const {
    if (target_.empty()) return local_failure("\"\"", ENOENT);
    const local_target to(target_);
    if (to.is_stream())
        return proto::failure(proto::errc::local_io, target_ + ": is a stream or a device, and no file to be replaced");
    if (to.link_error() != 0) return local_failure(target_, to.link_error());
    const auto slash = to.path().rfind('/');
    auto name = slash == std::string::npos ? to.path() : to.path().substr(slash + 1);
    if (name.empty() || name == "." || name == "..") return local_failure(target_, EISDIR);
    auto directory = open_directory(slash == std::string::npos ? "." : to.path().substr(0, slash + 1));
    if (!directory) return local_failure(target_, errno);
    return place{std::move(directory), std::move(name), to.exists()};
}

proto::result<void> file_writer::open() {
    if (file_) return {};
    if (!token_.empty()) {
        if (auto opened = open_partial(); !opened) return opened;
        if (file_) return file_->size() == 0 ? proto::result<void>() : begin_anew(); // not what resume() has found
    }
    auto at = find_place();
    if (!at) return at.error();
    options_.early_check = at->taken;
    auto staged = os::staged_file::create(std::move(at->directory), std::move(at->name), options_, how_);
    if (!staged) return failed(staged.error());
    file_.emplace(std::move(*staged));
    return {};
}

/// Opens none where another transfer writes it.
proto::result<void> file_writer::open_partial() {
    auto at = find_place();
    if (!at) return at.error();
    const auto partial = partial_name(*at);
    constexpr std::uint64_t any_size = std::numeric_limits<std::int64_t>::max();
    auto staged = os::staged_file::resume(std::move(at->directory), std::move(at->name), options_, partial, any_size);
    if (!staged && staged.error().code == proto::errc::busy) return {};
    if (!staged) return failed(staged.error());
    file_.emplace(std::move(*staged));
    return {};
}

std::string file_writer::partial_name(const place& at) const {
    return os::partial_name({token_, remote_, at.name});
}

proto::result<void> file_writer::resume(std::string token, std::string remote) {
    token_ = std::move(token);
    remote_ = std::move(remote);
    const auto at = find_place();
    struct stat st{};
    const bool begun = at && ::fstatat(at->directory.get(), partial_name(*at).c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0;
    return begun ? open_partial() : proto::result<void>();
}

std::int64_t file_writer::written_ns() const noexcept {
    struct stat st{};
    return file_ && ::fstat(file_->descriptor(), &st) == 0 ? os::to_nanoseconds(st.st_mtim) : 0;
}

proto::result<void> file_writer::begin_anew() {
    auto done = file_->begin_anew();
    if (!done) return failed(done.error());
    return done;
}

proto::result<bool> file_writer::digest_begun() {
    if (!begun_) begun_.emplace(file_->descriptor(), 0, file_->size(), std::move(hasher_));
    const auto done = begun_->step();
    if (!done) return failed(done.error());
    if (*done) hasher_ = begun_->take();
    return *done;
}

std::optional<os::opened_file> file_writer::open_base() const {
    const auto at = find_place();
    if (!at) return std::nullopt;
    constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    os::opened_file out{os::unique_fd(::openat(at->directory.get(), at->name.c_str(), flags))};
    struct stat st{};
    if (!out.fd || ::fstat(out.fd.get(), &st) != 0 || !S_ISREG(st.st_mode)) return std::nullopt;
    out.size = static_cast<std::uint64_t>(st.st_size);
    out.mtime_ns = os::to_nanoseconds(st.st_mtim);
    out.changed_ns = os::to_nanoseconds(st.st_ctim);
    return out;
}

proto::result<bool> file_writer::copy_base(int base, std::uint64_t size) {
    options_.readable = true;
    if (auto opened = open(); !opened) return opened.error();
    auto done = file_->take_base(base, size);
    if (!done) return failed(done.error());
    return done;
}

proto::result<void> file_writer::write_at(std::uint64_t position, std::span<const std::byte> bytes) {
    auto written = file_->write_at(position, bytes);
    if (!written) return failed(written.error());
    return written;
}

proto::result<bool> file_writer::digest_whole(std::uint64_t size) {
    if (!begun_)
        if (const auto cut = file_->set_size(size); !cut) return failed(cut.error());
    return digest_begun();
}

proto::result<bool> file_writer::reach(std::uint64_t position) {
    if (auto opened = open(); !opened) return opened.error();
    if (position == file_->size()) return true;
    if (position < file_->size())
        return proto::failure(proto::errc::protocol_violation, "the server went back in the file that it sends");
    const auto now = std::min(position - file_->size(), os::range_digest::step_bytes);
    if (const auto skipped = file_->skip(now); !skipped) return failed(skipped.error());
    os::digest_zeros(hasher_, now);
    return file_->size() == position;
}

proto::result<void> file_writer::write(std::span<const proto::chunk> pieces) {
    if (auto opened = open(); !opened) return opened;
    for (const auto& piece : pieces) {
        hasher_.update(piece.bytes());
        if (const auto written = file_->write(piece.bytes()); !written) return failed(written.error());
    }
    return {};
}

void file_writer::keep(std::vector<proto::chunk> last) {
    for (const auto& piece : last) hasher_.update(piece.bytes());
    kept_ = std::move(last);
}

proto::result<void> file_writer::commit() {
    if (auto opened = open(); !opened) return opened;
    for (const auto& piece : kept_)
        if (const auto written = file_->write(piece.bytes()); !written) return failed(written.error());
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
