#include "tug/proto/remedy.hpp"

#include "tug/proto/error_table.hpp"

#include <algorithm>
#include <array>

namespace tug::proto {

namespace {

struct os_remedy {
    errc code;
    std::string_view os_error;
    std::string_view remedy;
};

constexpr std::string_view root_is_missing =
    "make the root directory of tugd again on its host and let tugd enter it, or correct --root";
constexpr std::string_view unreachable = "check the network file system or the device on the host of tugd";
constexpr std::string_view address_in_use =
    "use another port or path, or end what listens there (ss -lpn); remove a socket file that was left";
constexpr std::string_view address_elsewhere = "name an address that the host has (ip address), or one for all of them";
constexpr std::string_view unable = "use another file system on the host of tugd: this one cannot do that";

/// Where the general remedy of the code would mislead; first of files on the host of tugd, as PROTOCOL.md maps errno
/// values ("Paths").
constexpr auto os_remedies = std::to_array<os_remedy>({
    {errc::permission_denied, "EACCES",
     "give the user of tugd, or of the command, access on the host; the key does not decide this"},
    {errc::permission_denied, "EPERM",
     "look at owner, sticky bit and attributes (lsattr) on the host of tugd; the key does not decide this"},
    {errc::permission_denied, "EROFS",
     "mount that file system writable on the host of tugd, or use a directory of another one"},
    {errc::not_found, "ENOTDIR", "check the path: a part of it that has to be a directory is none"},
    {errc::path_denied, "ELOOP",
     "check the symlinks on the path: they loop, are too many, or are magic links of /proc"},
    {errc::invalid_params, "ENAMETOOLONG", "shorten the path: 255 bytes a name, 4,095 bytes in all"},
    {errc::no_space, "ENOSPC", "free disk space, or inodes, on the host of tugd (df, df -i)"},
    {errc::no_space, "EDQUOT", "free or raise the quota of the user of tugd on its host"},
    {errc::busy, "EMFILE", "try again later, or allow tugd more open files (ulimit -n, LimitNOFILE)"},
    {errc::busy, "ENFILE", "try again later, or allow the host of tugd more open files (fs.file-max)"},
    {errc::busy, "ENOMEM", "try again later, or give the host of tugd more memory"},
    {errc::io_error, "EBUSY", "use in_place (--in-place) for a file that is a mount; else end what holds it"},
    {errc::io_error, "ETXTBSY", "end the program that runs from this file, or put it without in_place"},
    {errc::io_error, "EFBIG", "send less: the file system or the limit of tugd (ulimit -f) allows no such size"},
    {errc::io_error, "ENOENT", root_is_missing},
    {errc::io_error, "ENOTDIR", root_is_missing},
    {errc::io_error, "EACCES", root_is_missing},
    {errc::io_error, "ELOOP", root_is_missing},
    {errc::io_error, "ESTALE", "try again: the file was replaced on its file server"},
    {errc::io_error, "ENOTCONN", unreachable},
    {errc::io_error, "EHOSTDOWN", unreachable},
    {errc::io_error, "ETIMEDOUT", unreachable},
    {errc::io_error, "ENXIO", unreachable},
    {errc::io_error, "ENODEV", unreachable},
    {errc::io_error, "EINVAL", unable},
    {errc::io_error, "ENOSYS", unable},
    {errc::io_error, "EOPNOTSUPP", unable},
    {errc::io_error, "EOVERFLOW", unable},
    {errc::already_exists, "EADDRINUSE", address_in_use},
    {errc::io_error, "EADDRNOTAVAIL", address_elsewhere},

    // Of files and sockets on this side.
    {errc::local_io, "EADDRINUSE", address_in_use},
    {errc::local_io, "EADDRNOTAVAIL", address_elsewhere},
    {errc::local_io, "ENOENT", "check the path, and that its directory exists"},
    {errc::local_io, "ENOTDIR", "check the path: a part of it is a file where a directory has to be"},
    {errc::local_io, "EISDIR", "name a file, not a directory"},
    {errc::local_io, "ELOOP", "name the file itself: the symlinks of the path lead in a circle"},
    {errc::local_io, "ENAMETOOLONG", "choose a shorter name"},
    {errc::local_io, "EACCES", "change the permissions of the file or its directory, or act as a user that has them"},
    {errc::local_io, "EPERM", "look for a sticky directory or attributes (lsattr) that forbid it, or act as the owner"},
    {errc::local_io, "EROFS", "choose a place on a file system that is mounted for writing"},
    {errc::local_io, "ENOSPC", "free space on that file system, or choose another"},
    {errc::local_io, "EDQUOT", "free space or have the quota raised, or choose another file system"},
    {errc::local_io, "EFBIG", "choose a file system that takes files of that size, or raise ulimit -f"},
    {errc::local_io, "EMFILE", "raise the limit of open files (ulimit -n), or transfer fewer files at once"},
    {errc::local_io, "ENFILE", "wait until the host has fewer files open, or raise fs.file-max"},
    {errc::local_io, "ENOMEM", "free memory and try again"},
    {errc::local_io, "ETXTBSY", "end the program that runs from that file, or choose another name"},
    {errc::local_io, "EBUSY",
     "write into the file (tug get HOST:PATH - >FILE): it is in use, perhaps as a mount point, and cannot be "
     "replaced"},
    {errc::local_io, "EIO", "look into the kernel's log: the disk or the file server fails"},
    {errc::local_io, "ESTALE", "mount the file system again: its server has another one now"},
    {errc::local_io, "EBADF", "check the redirection: the descriptor is not open, or not in that direction"},
    {errc::local_io, "ENXIO",
     "check that something is at the other end: a socket or a device without one cannot be opened"},
    {errc::local_io, "EPIPE", "check why the reader of the output ended"},
    {errc::local_io, "EAGAIN", "choose another file: this one has nothing to read at present"},
});

} // namespace

std::string_view remedy(const failure& why) noexcept {
    if (why.code == errc::permission_denied && !why.need.empty()) return "use a key that may do this";
    const auto* const at = std::ranges::find_if(
        os_remedies, [&](const os_remedy& e) { return e.code == why.code && e.os_error == why.os_error; });
    return at != os_remedies.end() ? at->remedy : remedy(why.code);
}

std::vector<std::pair<std::string_view, std::string_view>> special_remedies(errc code) {
    std::vector<std::pair<std::string_view, std::string_view>> out;
    for (const auto& e : os_remedies)
        if (e.code == code) out.emplace_back(e.os_error, e.remedy);
    return out;
}

} // namespace tug::proto
