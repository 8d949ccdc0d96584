// Unix sockets: those below the root of the caller alone.

#include "os/cannot_listen.hpp"
#include "server/callers_root.hpp"
#include "tunnels/places.hpp"

#include <tug/os/errno.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <optional>
#include <utility>

namespace tug::service {

namespace {

/// A name for what a descriptor has open that no rename changes: the kernel follows it to that very node.
std::string link_of(int fd) {
    return "/proc/self/fd/" + std::to_string(fd);
}

std::optional<std::string> path_of(int fd) {
    std::array<char, PATH_MAX> text{};
    const auto n = ::readlink(link_of(fd).c_str(), text.data(), text.size());
    if (n <= 0 || static_cast<std::size_t>(n) == text.size()) return std::nullopt;
    return std::string(text.data(), static_cast<std::size_t>(n));
}

/// Where a node of the root is, from the root on: what the rules are for, whatever links led there.
std::optional<std::string> path_below(const os::root& files, int node) {
    const auto top = path_of(files.descriptor());
    auto path = path_of(node);
    if (!top || !path) return std::nullopt;
    if (*top == "/") return path;
    if (*path == *top) return "/";
    if (!path->starts_with(*top + "/")) return std::nullopt;
    return path->substr(top->size());
}

proto::failure connect_failure(const std::string& path, int err) {
    proto::failure why(proto::errc::connect_failed, "unix:" + path + ": " + std::strerror(err));
    why.os_error = os::errno_name(err);
    return why;
}

os::unique_fd unix_socket() {
    return os::unique_fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

std::optional<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un a{};
    a.sun_family = AF_UNIX;
    if (path.size() >= sizeof a.sun_path) return std::nullopt;
    path.copy(a.sun_path, path.size());
    return a;
}

proto::result<os::unique_fd> connect_in(const os::root& files, const forward_rules& rules, const caller& who,
                                        const std::string& path) {
    const auto denied = [&] { return place_denied(who, "unix:" + path, tunnel_direction::connect); };
    const auto node = files.open_node(path, os::last_link::followed);
    if (!node) {
        if (!rules.allows_socket(path)) return denied(); // nor is it said what is there
        if (node.error().code != proto::errc::not_found) return node.error();
        return connect_failure(path, os::errno_of(node.error().os_error));
    }
    const auto real = path_below(files, node->get());
    if (!real || !rules.allows_socket(*real)) return denied();
    struct stat st{};
    if (::fstat(node->get(), &st) != 0) return connect_failure(path, errno);
    if (!S_ISSOCK(st.st_mode)) return connect_failure(path, ECONNREFUSED);
    auto socket = unix_socket();
    if (!socket) return connect_failure(path, errno);
    const auto a = address_of(link_of(node->get()));
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&*a), sizeof *a) != 0)
        return connect_failure(path, errno);
    return socket;
}

/// Who forwards to it is the user of tugd alone, until the operator says more.
constexpr mode_t socket_mode = 0600;

} // namespace

proto::result<os::unique_fd> connect_unix(context& shared, const caller& who, const std::string& path) {
    const auto rules = rules_for(shared, who, tunnel_direction::connect);
    const auto in = [&](const os::root& files) { return connect_in(files, rules, who, path); };
    return in_root_of(shared.files, who, in);
}

proto::result<unix_listener> unix_listener::open(context& shared, const caller& who, const std::string& path) {
    const auto rules = rules_for(shared, who, tunnel_direction::listen);
    const auto shown = "unix:" + path;
    const auto in = [&](const os::root& files) -> proto::result<unix_listener> {
        auto at = files.open_place(path);
        if (!at) return rules.allows_socket(path) ? at.error() : place_denied(who, shown, tunnel_direction::listen);
        auto real = path_below(files, at->directory.get());
        if (real) *real += (*real == "/" ? "" : "/") + at->name;
        if (!real || !rules.allows_socket(*real)) return place_denied(who, shown, tunnel_direction::listen);
        auto socket = unix_socket();
        if (!socket) return cannot_listen_at(shown, errno);
        const auto a = address_of(link_of(at->directory.get()) + "/" + at->name);
        if (!a) return proto::failure::bad_field("unix", "has a last name that is too long for a Unix socket");
        // The node gets the mode that the socket has when it is bound; a umask would be that of all threads.
        if (::fchmod(socket.get(), socket_mode) != 0 ||
            ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&*a), sizeof *a) != 0)
            return cannot_listen_at(shown, errno);
        unix_listener out(std::move(socket), std::move(at->directory), std::move(at->name));
        if (::listen(out.socket_.get(), SOMAXCONN) != 0) return cannot_listen_at(shown, errno);
        return out;
    };
    return in_root_of(shared.files, who, in);
}

unix_listener::unix_listener(os::unique_fd socket, os::unique_fd directory, std::string name)
    : socket_(std::move(socket)), directory_(std::move(directory)), name_(std::move(name)) {
    struct stat st{};
    if (::fstatat(directory_.get(), name_.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) return;
    device_ = st.st_dev;
    inode_ = st.st_ino;
}

unix_listener::~unix_listener() {
    struct stat st{};
    if (!directory_ || ::fstatat(directory_.get(), name_.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) return;
    if (S_ISSOCK(st.st_mode) && st.st_dev == device_ && st.st_ino == inode_)
        ::unlinkat(directory_.get(), name_.c_str(), 0);
}

} // namespace tug::service
