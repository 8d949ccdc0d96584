#include "check/check.hpp"

#include "os/host_facts.hpp"

#include <tug/os/errno.hpp>
#include <tug/os/escape.hpp>
#include <tug/os/root.hpp>
#include <tug/os/unique_fd.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>

namespace tug::service {

namespace {

/// A file system with less room is told of: in bytes, and in hundredths of its inodes.
constexpr std::uint64_t little_room = 256U * 1024 * 1024;
constexpr std::uint64_t least_inodes_percent = 1;

std::string own_name() {
    return std::to_string(::geteuid());
}

std::string parent_of(const std::string& path) {
    const auto end = path.find_last_not_of('/');
    const auto slash = end == std::string::npos ? std::string::npos : path.rfind('/', end);
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

void check_room(std::string_view what, const std::string& path, const proto::directory_figures& found,
                check_report& to) {
    const auto see = os::quoted_name(path);
    if (found.available_bytes < little_room)
        to.warn(what, "its file system has " + std::to_string(found.available_bytes / 1024 / 1024) + " MiB left",
                "run: df " + see + ", and make room");
    if (found.files_total > 0 && found.files_free * 100 < found.files_total * least_inodes_percent)
        to.warn(what, "its file system has " + std::to_string(found.files_free) + " inodes left",
                "run: df -i " + see + ", and remove files");
}

/// Whether a hole can be punched into a file of that directory; nothing of it stays.
bool can_punch_holes(int directory) {
    const os::unique_fd file(::openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!file) return errno != EOPNOTSUPP && errno != EISDIR; // then it is not known
    const std::array<char, 8192> block{};
    if (::write(file.get(), block.data(), block.size()) != static_cast<ssize_t>(block.size())) return true;
    return ::fallocate(file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) == 0 || errno != EOPNOTSUPP;
}

/// Opens a directory that tugd makes where it is missing. Nothing where there is nothing more to say of it.
std::optional<os::unique_fd> open_own(std::string_view what, const std::string& path, check_report& to) {
    os::unique_fd out(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (out) return out;
    const int err = errno;
    const auto name = os::quoted_name(path);
    if (err != ENOENT) {
        to.wrong(what, path + " cannot be opened: " + os::errno_name(err), "run: ls -ld " + name);
    } else if (::access(parent_of(path).c_str(), W_OK | X_OK) == 0) {
        to.ok(what, path + " will be made");
    } else {
        to.wrong(what, path + " is missing and cannot be made",
                 "run as root: install -d -m 0700 -o " + own_name() + " " + name);
    }
    return std::nullopt;
}

} // namespace

void check_root(const options& o, check_report& to) {
    const auto name = os::quoted_name(o.root);
    const auto opened = os::root::open(o.root);
    if (!opened)
        return to.wrong("root", o.root + " cannot be opened: " + opened.error().message, "run: mkdir -p " + name);
    const auto found = figures_of_directory(opened->descriptor());
    if (!found.error.empty()) return to.wrong("root", o.root + ": " + found.error, "run: ls -ld " + name);
    const std::string lookup =
        opened->uses_kernel() ? "openat2" : "walk, since this kernel or its filter has no openat2";
    if (found.writable)
        to.ok("root", o.root + "; looked up by " + lookup);
    else
        to.warn("root", o.root + " is not writable for the user of tugd: put makes no file in it",
                "run, where clients are to put files there: chown " + own_name() + " " + name);
    check_room("root", o.root, found, to);
}

void check_state(const options& o, check_report& to) {
    if (o.state_dir.empty()) return to.ok("jobs", "none: there is no --state-dir");
    const auto opened = open_own("jobs", o.state_dir, to);
    if (!opened) return;
    const auto name = os::quoted_name(o.state_dir);
    struct stat st{};
    if (::fstat(opened->get(), &st) != 0) return to.wrong("jobs", os::errno_name(errno), "run: ls -ld " + name);
    if (st.st_uid != ::geteuid())
        return to.wrong("jobs", o.state_dir + " belongs to another user", "run: chown -R " + own_name() + " " + name);
    if ((st.st_mode & 022U) != 0)
        return to.wrong("jobs", o.state_dir + " is writable for others", "run: chmod 700 " + name);
    if (!can_punch_holes(opened->get()))
        return to.wrong("jobs", o.state_dir + " is on a file system without holes",
                        "use one that has them (ext4, xfs, tmpfs) for --state-dir");
    to.ok("jobs", "kept in " + o.state_dir);
    check_room("jobs", o.state_dir, figures_of_directory(opened->get()), to);
}

void check_recording(const options& o, check_report& to) {
    const auto& path = o.recording.directory;
    if (path.empty()) return;
    const auto opened = open_own("recording", path, to);
    if (!opened) return;
    const auto found = figures_of_directory(opened->get());
    if (!found.writable)
        return to.wrong("recording", path + " is not writable for the user of tugd: no terminal could begin",
                        "run: chown " + own_name() + " " + os::quoted_name(path));
    to.ok("recording", "terminals are recorded in " + path);
    check_room("recording", path, found, to);
}

void check_audit(const options& o, check_report& to) {
    if (o.audit == "log" || o.audit == "off" || o.audit == "stderr" || o.audit == "-")
        return to.ok("audit", o.audit == "off" ? "off" : "goes to " + o.audit);
    struct stat st{};
    const auto name = os::quoted_name(o.audit);
    if (::lstat(o.audit.c_str(), &st) != 0) {
        if (errno == ENOENT && ::access(parent_of(o.audit).c_str(), W_OK | X_OK) == 0)
            return to.ok("audit", o.audit + " will be made");
        return to.wrong("audit", o.audit + " cannot be made",
                        "run as root: install -m 0600 -o " + own_name() + " /dev/null " + name);
    }
    if (S_ISLNK(st.st_mode)) return to.wrong("audit", o.audit + " is a symlink", "name the file itself by --audit");
    if (::access(o.audit.c_str(), W_OK) != 0)
        return to.wrong("audit", o.audit + " is not writable for the user of tugd",
                        "run as root: chown " + own_name() + " " + name);
    to.ok("audit", o.audit);
}

} // namespace tug::service
