#include "tug/os/root.hpp"

#include "descriptor_path.hpp"
#include "make_directory.hpp"
#include "tug/os/errno.hpp"
#include "tug/os/path_text.hpp"

#include "tug/os/file_time.hpp"
#include "tug/os/temporary_name.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

namespace tug::os {

namespace {

constexpr int directory_flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
constexpr int listed_flags = O_RDONLY | O_DIRECTORY;

proto::failure path_failure(int err, std::string_view path) {
    auto f = file_failure(err, quoted(path));
    if (err == EXDEV) f.code = proto::errc::path_denied; // only a lookup that left the root ends so
    if (f.code == proto::errc::invalid_params) f.field = "path";
    return f;
}

/// Of what a symlink at the end of a put's path leads to.
proto::failure link_failure(int err, std::string_view path) {
    auto f = path_failure(err, path);
    f.message.insert(0, "following the symlink ");
    if (err == EACCES) f.message += ", in a closed directory or at a link of another user in a shared one";
    return f;
}

/// Of the directory that a put goes to.
proto::failure parent_failure(int err, std::string_view path, bool make_parents) {
    auto f = path_failure(err, path);
    f.message.insert(0, err == ENOENT ? "there is no directory for " : "in the directory of ");
    if (err == ENOENT && !make_parents)
        f.message += "; make_parents (--make-parents of tug, -p of its mkdir) makes what is missing";
    return f;
}

proto::result<void> check_regular(const struct stat& st, std::string_view path) {
    if (S_ISDIR(st.st_mode)) return proto::failure(proto::errc::is_directory, quoted(path) + " is a directory");
    if (!S_ISREG(st.st_mode))
        return proto::failure(proto::errc::not_a_regular_file, quoted(path) + " is no regular file");
    return {};
}

/// Opens the very node of an O_PATH descriptor. By its name it might have become a device meanwhile.
proto::result<unique_fd> reopen(const unique_fd& node, int access, std::string_view path) {
    const auto link = descriptor_path(node.get());
    unique_fd fd(::open(link.c_str(), access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (fd) return fd;
    const int err = errno;
    struct stat st{};
    if (err == ENOENT && ::fstat(node.get(), &st) == 0 && st.st_nlink > 0)
        return proto::failure(proto::errc::io_error, quoted(path) + " cannot be opened: the daemon has no /proc");
    return path_failure(err, path);
}

/// What stands behind the last slash.
std::string_view last_component(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

/// It names a directory by itself, whose symlinks are all on the way.
bool is_no_name(std::string_view component) {
    return component.empty() || component == "." || component == "..";
}

os_result<unique_fd> opened_for_reading(const unique_fd& directory) {
    unique_fd fd(::openat(directory.get(), ".", listed_flags | O_CLOEXEC));
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
    if (const auto ok = check_regular(st, path); !ok) return ok.error();

    auto fd = reopen(*node, O_RDONLY, path);
    if (!fd) return fd.error();
    if (::fstat(fd->get(), &st) != 0) return path_failure(errno, path); // the size that the open descriptor has
    return opened_file{std::move(*fd), static_cast<std::uint64_t>(st.st_size), st.st_mode & 0777U,
                       os::to_nanoseconds(st.st_mtim), os::to_nanoseconds(st.st_ctim)};
}

proto::result<unique_fd> root::open_directory(std::string_view path) const {
    if (const auto ok = check_path(path); !ok) return ok.error();
    unique_fd node;
    if (path != "/") {
        auto found = resolve(std::string(path), O_PATH | O_DIRECTORY);
        if (!found) return path_failure(found.error().value(), path);
        node = std::move(*found);
    }
    const int at = node ? node.get() : fd_.get();
    unique_fd fd(::openat(at, ".", directory_flags)); // "." asks for the right to enter, O_PATH alone does not
    if (!fd) return path_failure(errno, path);
    return fd;
}

proto::result<unique_fd> root::open_node(std::string_view path, last_link at_end) const {
    if (const auto ok = check_path(path); !ok) return ok.error();
    const bool follow = at_end == last_link::followed || is_no_name(last_component(path));
    if (!follow) {
        const auto found = open_place(path);
        if (!found) return found.error();
        unique_fd node(::openat(found->directory.get(), found->name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
        if (!node) return path_failure(errno, path);
        return node;
    }
    auto node = resolve(std::string(path), O_PATH);
    if (!node) return path_failure(node.error().value(), path);
    return std::move(*node);
}

proto::result<place> root::open_place(std::string_view path, bool make_parents) const {
    while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    return find_place(path, last_link::kept, make_parents, false);
}

proto::result<put_target> root::open_parent(std::string_view path, bool make_parents, bool durable,
                                            last_link at_end) const {
    auto found = find_place(path, at_end, make_parents, durable);
    if (!found) return found.error();
    auto directory = opened_for_reading(found->directory);
    if (!directory) return parent_failure(directory.error().value(), path, make_parents);
    return put_target{std::move(*directory), std::move(found->name)};
}

proto::result<unique_fd> root::open_write(std::string_view path, last_link at_end) const {
    const auto found = find_place(path, at_end, false, false);
    if (!found && found.error().os_error == "ENOENT") return unique_fd();
    if (!found) return found.error();
    const unique_fd node(::openat(found->directory.get(), found->name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat st{};
    if (!node && errno == ENOENT) return unique_fd();
    if (!node || ::fstat(node.get(), &st) != 0) return path_failure(errno, path);
    if (S_ISLNK(st.st_mode)) return unique_fd();
    if (const auto ok = check_regular(st, path); !ok) return ok.error();
    return reopen(node, O_WRONLY, path);
}

proto::result<place> root::find_place(std::string_view path, last_link at_end, bool make_parents, bool durable) const {
    auto target = split_target(path);
    if (!target) return target.error();
    auto directory = resolve(target->directory, O_PATH | O_DIRECTORY);
    if (!directory && directory.error().value() == ENOENT && make_parents)
        directory = make_directories(target->directory, durable);
    if (!directory) return parent_failure(directory.error().value(), path, make_parents);
    struct stat st{};
    const bool follow = at_end == last_link::followed &&
                        ::fstatat(directory->get(), target->name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                        S_ISLNK(st.st_mode);
    if (!follow) return place{std::move(*directory), std::move(target->name)};
    auto led_to = resolve_place(fd_.get(), std::string(path));
    if (!led_to && led_to.error().value() == EISDIR)
        return proto::failure(proto::errc::is_directory, quoted(path) + " leads to a directory");
    if (!led_to) return link_failure(led_to.error().value(), path);
    if (is_temporary_name(led_to->name))
        return proto::failure::bad_field("path", "leads to the name of a temporary file of tug");
    return std::move(*led_to);
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
            if (const int err = make_parent_directory(parent, name, durable)) return os_error(err);
            next.reset(enter());
        }
        if (next) return next;
    }
    return resolve(prefix, O_PATH | O_DIRECTORY); // symlinks and ".." are for the jail
}

} // namespace tug::os
