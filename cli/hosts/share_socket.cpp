#include "share_socket.hpp"

#include "cli/arguments/options.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/local/report.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <system_error>

namespace tug::cli {

namespace {

std::string directory_of_shares() {
    const auto runtime = environment("XDG_RUNTIME_DIR");
    if (runtime && runtime->starts_with('/') && ::access(runtime->c_str(), W_OK) == 0) return *runtime + "/tug";
    const auto cache = environment("XDG_CACHE_HOME");
    if (cache && cache->starts_with('/')) return *cache + "/tug";
    const auto home = environment("HOME");
    return home ? *home + "/.cache/tug" : "";
}

/// Makes it where it is missing. False where it is not to be had.
bool prepare(const std::string& directory) {
    std::error_code ec;
    std::filesystem::create_directories(std::filesystem::path(directory).parent_path(), ec);
    struct stat st{};
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return false;
    if (::lstat(directory.c_str(), &st) != 0) return false;
    if (!S_ISDIR(st.st_mode) || st.st_uid != ::geteuid())
        throw usage_error(quoted_name(directory) + " is no directory of this user", "remove it, or use --no-share");
    if ((st.st_mode & 077) != 0)
        throw usage_error(quoted_name(directory) + " is open to others", "run: chmod 700 " + quoted_name(directory));
    return true;
}

/// Null for -1.
shared_descriptor owned(int fd) {
    return fd < 0 ? nullptr : std::make_shared<const descriptor>(fd);
}

shared_descriptor make_socket() {
    return owned(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

/// The length of the path was checked.
sockaddr_un address_at(const std::string& path) {
    sockaddr_un out{};
    out.sun_family = AF_UNIX;
    std::memcpy(out.sun_path, path.c_str(), path.size() + 1);
    return out;
}

} // namespace

std::string socket_of_share(const std::vector<std::string>& command_line) {
    const auto directory = directory_of_shares();
    if (directory.empty() || !prepare(directory)) return {};
    std::string all = TUG_VERSION; // who holds it has to know the messages that go through
    for (const auto& word : command_line) all.append(1, '\0').append(word);
    char name[32];
    std::snprintf(name, sizeof name, "/%016jx", static_cast<std::uintmax_t>(std::hash<std::string>()(all)));
    const auto path = directory + name;
    return path.size() < sizeof(sockaddr_un::sun_path) ? path : "";
}

shared_descriptor lock_shares(const std::string& path) {
    const auto file = std::filesystem::path(path).replace_filename("lock").string();
    auto lock = owned(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    while (lock && ::flock(lock->get(), LOCK_EX) != 0)
        if (errno != EINTR) lock.reset();
    return lock;
}

bool is_listened_at(const std::string& path) {
    const auto s = make_socket();
    const auto at = address_at(path);
    return s && (::connect(s->get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0 || errno == EAGAIN);
}

shared_descriptor listen_at(const std::string& path) {
    ::unlink(path.c_str());
    auto s = make_socket();
    const auto at = address_at(path);
    // The name gets the mode that the socket has before.
    const bool listens = s && ::fchmod(s->get(), 0600) == 0 &&
                         ::bind(s->get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0 &&
                         ::listen(s->get(), 32) == 0;
    if (!listens) s.reset();
    return s;
}

listening_name::listening_name(int listener) {
    sockaddr_un at{};
    socklen_t size = sizeof at;
    struct stat st{};
    if (::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size) != 0) return;
    if (at.sun_family != AF_UNIX || ::stat(at.sun_path, &st) != 0) return;
    path_ = at.sun_path;
    device_ = st.st_dev;
    inode_ = st.st_ino;
}

listening_name::~listening_name() {
    if (path_.empty()) return;
    const auto alone = lock_shares(path_);
    struct stat st{};
    if (::stat(path_.c_str(), &st) == 0 && st.st_dev == device_ && st.st_ino == inode_) ::unlink(path_.c_str());
}

} // namespace tug::cli
