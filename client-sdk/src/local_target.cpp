#include <tug/local_target.hpp>

#include <tug/os/resolve.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

namespace tug {

namespace {

constexpr int most_links = 40; // as the kernel

/// An absolute path without symlinks, "." and "..", which ends with a slash: what realpath(3) says of it, found with
/// two system calls in the place of one a name.
bool is_real(const std::string& path) {
    for (const std::string_view odd : {"//", "/./", "/../"})
        if (path.find(odd) != std::string::npos) return false;
    return path.front() == '/' && path.back() == '/' && os::is_directory_without_links(path);
}

/// Without symlinks, `.` and `..`; empty where the path leads nowhere.
std::string real_path(const std::string& path) {
    if (is_real(path)) return path.size() == 1 ? path : path.substr(0, path.size() - 1);
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
    return real ? std::string(real.get()) : std::string();
}

/// 0, or the errno: EINVAL for what is no link.
int read_link(const std::string& path, std::string& text) {
    std::array<char, PATH_MAX> buffer;
    const auto size = ::readlink(path.c_str(), buffer.data(), buffer.size());
    if (size < 0) return errno;
    text.assign(buffer.data(), static_cast<std::size_t>(size));
    return 0;
}

/// The kernel follows no link that another user made in a directory for all (fs.protected_symlinks), so nor may we.
bool may_follow(const std::string& link) {
    struct stat st{};
    return ::stat(link.c_str(), &st) == 0 || errno != EACCES;
}

bool is_at_or_below(std::string_view path, std::string_view directory) {
    return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

/// Where names stand for what the kernel, or a process, has.
bool is_of_the_system(std::string_view directory) {
    if (is_at_or_below(directory, "/dev/shm")) return false;
    constexpr std::array<std::string_view, 3> of_the_system{"/dev", "/proc", "/sys"};
    return std::ranges::any_of(of_the_system, [&](auto top) { return is_at_or_below(directory, top); });
}

/// The directory that holds the descriptors of a process: /proc/PID/fd, /proc/PID/task/TID/fd.
bool holds_descriptors(std::string_view directory) {
    return is_at_or_below(directory, "/proc") && directory.ends_with("/fd");
}

int number_of(std::string_view name) {
    int number = -1;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    return error == std::errc() && end == name.data() + name.size() ? number : -1;
}

} // namespace

local_target::local_target(std::string path) : path_(std::move(path)) {
    for (int links = 0; link_error_ == 0 && step();)
        if (++links > most_links) link_error_ = ELOOP;
    if (stream_ || !exists_) return;
    struct stat st{};
    if (::stat(path_.c_str(), &st) == 0)
        stream_ = !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
    else
        exists_ = errno != ENOENT;
}

/// Looks at the last component and follows one link. False where the path is not to be followed any further.
bool local_target::step() {
    const auto slash = path_.rfind('/');
    const auto name = slash == std::string::npos ? path_ : path_.substr(slash + 1);
    if (name.empty() || name == "." || name == "..") return false; // a directory
    const auto directory = real_path(slash == std::string::npos ? "." : path_.substr(0, slash + 1));
    if (directory.empty()) return false;
    if (is_of_the_system(directory)) stream_ = true;
    if (holds_descriptors(directory)) { // the text of such a link is not always a path
        const bool own = is_at_or_below(directory, real_path("/proc/self"));
        own_descriptor_ = own ? number_of(name) : -1;
        others_descriptor_ = !own;
        return false;
    }
    std::string next;
    if (const int err = read_link(path_, next)) {
        exists_ = err != ENOENT;
        return false;
    }
    if (!may_follow(path_)) {
        link_error_ = EACCES;
        return false;
    }
    path_ = next.front() == '/' ? next : (directory == "/" ? directory : directory + "/") + next;
    return true;
}

int local_target::open_stream() const {
    if (own_descriptor_ >= 0) {
        const int flags = ::fcntl(own_descriptor_, F_GETFD);
        if (flags >= 0 && (flags & FD_CLOEXEC) == 0) return ::fcntl(own_descriptor_, F_DUPFD_CLOEXEC, 0);
        errno = EBADF;
        return -1;
    }
    // The file behind a descriptor of another process is one that it writes to: nothing of it goes.
    const int how = others_descriptor_ ? O_APPEND : O_TRUNC;
    return ::open(path_.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC | how);
}

} // namespace tug
