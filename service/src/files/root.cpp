#include "root.hpp"

#include "../os/errno.hpp"
#include "make_directory.hpp"
#include "path_text.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <limits>

namespace tug::service {

namespace {

constexpr int directory_flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
constexpr int readable_directory = O_RDONLY | O_DIRECTORY;

proto::failure path_failure(int err, std::string_view path) {
    auto f = file_failure(err, quoted(path));
    if (err == EXDEV) f.code = proto::errc::path_denied; // only a lookup that left the root ends so
    return f;
}

std::int64_t nanoseconds(const timespec& t) noexcept {
    constexpr std::int64_t billion = 1'000'000'000;
    constexpr auto limit = std::numeric_limits<std::int64_t>::max() / billion - 1;
    return std::clamp<std::int64_t>(t.tv_sec, -limit, limit) * billion + t.tv_nsec;
}

/// Opens the very node of an O_PATH descriptor for reading. By its name it might have become a device meanwhile.
proto::result<unique_fd> reopen(const unique_fd& node, std::string_view path) {
    const auto link = "/proc/self/fd/" + std::to_string(node.get());
    unique_fd fd(::open(link.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (fd) return fd;
    const int err = errno;
    struct stat st{};
    if (err == ENOENT && ::fstat(node.get(), &st) == 0 && st.st_nlink > 0)
        return proto::failure(proto::errc::io_error, quoted(path) + " cannot be opened: the daemon has no /proc");
    return path_failure(err, path);
}

os_result<unique_fd> readable(const unique_fd& directory) {
    unique_fd fd(::openat(directory.get(), ".", readable_directory | O_CLOEXEC));
    if (!fd) return os_error(errno);
    return fd;
}

} // namespace

proto::result<root> root::open(const std::string& directory, resolver how) {
    unique_fd fd(::open(directory.c_str(), directory_flags));
    if (!fd) return file_failure(errno, "cannot open the root directory");
    const bool kernel = how != resolver::walk && resolve_by_kernel(fd.get(), "/", O_PATH | O_DIRECTORY).has_value();
    if (how == resolver::kernel && !kernel) return file_failure(ENOSYS, "openat2");
    return root(std::move(fd), kernel);
}

proto::result<root> root::open_below(std::string_view path) const {
    auto fd = open_directory(path);
    if (!fd) return fd.error();
    return root(std::move(*fd), kernel_);
}

os_result<unique_fd> root::resolve(const std::string& path, int flags) const {
    if (kernel_) {
        auto found = resolve_by_kernel(fd_.get(), path, flags);
        // Who renames without a pause makes the kernel give up, but not the walk: it needs no quiet moment.
        if (found || found.error().value() != EAGAIN) return found;
    }
    return resolve_by_walk(fd_.get(), path, flags);
}

proto::result<opened_file> root::open_read(std::string_view path) const {
    if (const auto ok = check_path(path); !ok) return ok.error();
    const auto node = resolve(std::string(path), O_PATH);
    if (!node) return path_failure(node.error().value(), path);
    struct stat st{};
    if (::fstat(node->get(), &st) != 0) return path_failure(errno, path);
    if (S_ISDIR(st.st_mode)) return proto::failure(proto::errc::is_directory, quoted(path) + " is a directory");
    if (!S_ISREG(st.st_mode))
        return proto::failure(proto::errc::not_a_regular_file, quoted(path) + " is no regular file");

    auto fd = reopen(*node, path);
    if (!fd) return fd.error();
    if (::fstat(fd->get(), &st) != 0) return path_failure(errno, path); // the size that the open descriptor has
    return opened_file{std::move(*fd), static_cast<std::uint64_t>(st.st_size), st.st_mode & 0777U,
                       nanoseconds(st.st_mtim)};
}

proto::result<unique_fd> root::open_directory(std::string_view path) const {
    if (const auto ok = check_path(path); !ok) return ok.error();
    const auto node = resolve(std::string(path), O_PATH | O_DIRECTORY);
    if (!node) return path_failure(node.error().value(), path);
    unique_fd fd(::openat(node->get(), ".", directory_flags)); // "." asks for the right to enter, O_PATH alone does not
    if (!fd) return path_failure(errno, path);
    return fd;
}

proto::result<put_target> root::open_parent(std::string_view path, bool make_parents, bool durable) const {
    auto target = split_target(path);
    if (!target) return target.error();
    auto directory = resolve(target->directory, readable_directory);
    if (!directory && directory.error().value() == ENOENT && make_parents) {
        directory = make_directories(target->directory, durable);
        if (directory) directory = readable(*directory);
    }
    if (!directory) return path_failure(directory.error().value(), path);
    return put_target{std::move(*directory), std::move(target->name)};
}

os_result<unique_fd> root::make_directories(const std::string& path, bool durable) const {
    auto here = resolve("/", O_PATH | O_DIRECTORY);
    std::size_t end = 0;
    while (here) {
        const auto start = path.find_first_not_of('/', end);
        if (start == std::string::npos) break;
        end = std::min(path.find('/', start), path.size());
        here = enter_or_make(here->get(), path.substr(0, end), path.substr(start, end - start), durable);
    }
    return here;
}

os_result<unique_fd> root::enter_or_make(int parent, const std::string& prefix, const std::string& name,
                                         bool durable) const {
    if (name != "." && name != "..") {
        // Only a real directory is entered from here: it lies inside because its parent does.
        const auto enter = [&] { return ::openat(parent, name.c_str(), directory_flags | O_NOFOLLOW); };
        unique_fd next(enter());
        if (!next && errno == ENOENT) {
            if (const int err = make_directory(parent, name, durable)) return os_error(err);
            next.reset(enter());
        }
        if (next) return next;
    }
    return resolve(prefix, O_PATH | O_DIRECTORY); // symlinks and ".." are for the jail
}

} // namespace tug::service
