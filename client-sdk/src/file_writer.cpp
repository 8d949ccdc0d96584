#include "file_writer.hpp"

#include "local_failure.hpp"
#include "random.hpp"

#include <tug/os/nameless_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string_view>

namespace tug::detail {

namespace {

std::string directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

/// A name that no put of tugd into the same directory takes for a file.
std::optional<std::string> temporary_name(const std::string& directory) {
    std::array<std::byte, 8> random{};
    if (!fill_random(random)) return std::nullopt;
    std::string out = directory + "/.tug-";
    for (const auto b : random) {
        constexpr std::string_view digits = "0123456789abcdef";
        out += digits[std::to_integer<std::size_t>(b >> 4)];
        out += digits[std::to_integer<std::size_t>(b & std::byte{15})];
    }
    return out + ".tmp";
}

/// The umask of this process, read without setting it: that would race with other threads. Where /proc is missing, the
/// strictest.
mode_t current_umask() {
    const os::unique_fd fd(::open("/proc/self/status", O_RDONLY | O_CLOEXEC));
    std::array<char, 1024> text{};
    const auto n = fd ? ::read(fd.get(), text.data(), text.size()) : 0;
    const std::string_view status(text.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
    constexpr std::string_view label = "\nUmask:\t";
    const auto at = status.find(label);
    unsigned mask = 077;
    if (at == std::string_view::npos) return mask;
    const auto value = status.substr(at + label.size());
    std::from_chars(value.data(), value.data() + value.size(), mask, 8);
    return mask;
}

/// What fails when the file has its name: what was there before is gone.
proto::failure stored_but(std::string_view what, int error) {
    auto f = local_failure(std::string("the file is stored, but ").append(what), error);
    f.stored = true;
    return f;
}

proto::failure no_regular_file(const std::string& path) {
    return {proto::errc::local_io, path + ": is there and no regular file"};
}

} // namespace

file_writer::~file_writer() {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

proto::result<void> file_writer::open() {
    if (fd_) return {};
    struct stat st{};
    if (target_.empty()) return local_failure("\"\"", ENOENT);
    if (target_.back() == '/') return local_failure(target_, EISDIR);
    if (::stat(target_.c_str(), &st) == 0) {
        if (S_ISDIR(st.st_mode)) return local_failure(target_, EISDIR);
        if (!S_ISREG(st.st_mode)) return no_regular_file(target_);
    }
    int err = how_ == staging::automatic ? open_nameless() : EOPNOTSUPP;
    // How file systems and kernels without O_TMPFILE say so.
    if (err == EOPNOTSUPP || err == EISDIR || err == EINVAL) err = open_named();
    if (err != 0) return local_failure(target_, err);
    return {};
}

/// Nobody can reach it before it has a name, so it may be made with all bits: those that are left are what the umask,
/// or the default ACL of the directory, allows.
int file_writer::open_nameless() {
    struct stat made{};
    os::unique_fd fd(::open(directory_of(target_).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0777));
    if (!fd || ::fstat(fd.get(), &made) != 0) return errno;
    if (::access("/proc/self/fd", X_OK) != 0) return EOPNOTSUPP; // it may not get its name then
    fd_ = std::move(fd);
    allowed_ = made.st_mode & 0777U;
    return 0;
}

int file_writer::open_named() {
    const auto name = temporary_name(directory_of(target_));
    if (!name) return EAGAIN;
    fd_ = os::unique_fd(::open(name->c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd_) return errno;
    temporary_ = *name;
    allowed_ = 0777U & ~current_umask();
    return 0;
}

proto::result<void> file_writer::write(std::span<const proto::chunk> pieces) {
    if (auto opened = open(); !opened) return opened;
    for (const auto& piece : pieces) {
        hasher_.update(piece.bytes());
        if (const auto written = write_all(piece.bytes()); !written) return written.error();
    }
    return {};
}

proto::result<void> file_writer::write_all(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const auto n = ::write(fd_.get(), bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return local_failure(target_, errno);
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return {};
}

proto::result<void> file_writer::apply_attributes() {
    if (::fchmod(fd_.get(), mode_ & allowed_) != 0) return local_failure(target_, errno);
    if (!attributes_) return {};
    constexpr std::int64_t second = 1'000'000'000;
    std::array<timespec, 2> times{};
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_sec = mtime_ns_ / second;
    times[1].tv_nsec = mtime_ns_ % second;
    if (times[1].tv_nsec < 0) {
        times[1].tv_nsec += second;
        --times[1].tv_sec;
    }
    if (::futimens(fd_.get(), times.data()) != 0) return local_failure(target_, errno);
    return {};
}

proto::result<void> file_writer::commit(bool durable) {
    if (auto opened = open(); !opened) return opened;
    if (const auto done = apply_attributes(); !done) return done.error();
    // A failed fsync is never tried again: the second one may succeed for pages that are lost.
    if (durable && ::fsync(fd_.get()) != 0) return local_failure(target_, errno);
    if (const int err = take_name(); err != 0) return local_failure(target_, err);
    if (::close(fd_.release()) != 0 && errno != EINTR) return stored_but(target_ + " could not be closed", errno);
    if (!durable) return {};
    const auto directory = directory_of(target_);
    const os::unique_fd dir(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // A directory that may not be read cannot be flushed either; the file itself is there and whole.
    if (dir && ::fsync(dir.get()) != 0 && errno != EINVAL) return stored_but(directory + " could not be synced", errno);
    return {};
}

int file_writer::take_name() {
    if (temporary_.empty()) {
        const int err = os::link_nameless(fd_.get(), AT_FDCWD, target_.c_str());
        if (err != EEXIST) return err;
        if (const int linked = link_temporary(); linked != 0) return linked; // a link replaces nothing
    }
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) return errno;
    temporary_.clear();
    return 0;
}

int file_writer::link_temporary() {
    const auto name = temporary_name(directory_of(target_));
    if (!name) return EAGAIN;
    const int err = os::link_nameless(fd_.get(), AT_FDCWD, name->c_str());
    if (err == 0) temporary_ = *name;
    return err;
}

} // namespace tug::detail
