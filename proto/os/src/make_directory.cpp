#include "make_directory.hpp"

#include "tug/os/unique_fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tug::os {

namespace {

constexpr mode_t parent_mode = 0755;

/// Gives back what the umask took (the umask belongs to the whole process, so it cannot be set for one call). Only for
/// a directory of ours: the name may have been given to another since. Bits such as an inherited setgid stay.
int undo_umask(int parent, const std::string& name, mode_t mode) {
    const unique_fd made(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat st{};
    if (!made || ::fstat(made.get(), &st) != 0) return errno;
    if ((st.st_mode & 0777U) == mode || st.st_uid != ::geteuid()) return 0;
    return ::fchmod(made.get(), (st.st_mode & 07000U) | mode) == 0 ? 0 : errno;
}

int sync_directory(int directory) {
    const unique_fd readable(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!readable || ::fsync(readable.get()) != 0) return errno;
    return 0;
}

} // namespace

int make_directory(int parent, const std::string& name, mode_t mode) {
    // With the owner's rights until it is opened: a mode without them would keep undo_umask() out.
    if (::mkdirat(parent, name.c_str(), mode | S_IRWXU) != 0) return errno;
    return undo_umask(parent, name, mode);
}

int make_parent_directory(int parent, const std::string& name, bool durable) {
    if (const int err = make_directory(parent, name, parent_mode); err != 0 && err != EEXIST) return err;
    // Also where another has just made it: that one may not have come as far as its sync.
    return durable ? sync_directory(parent) : 0;
}

} // namespace tug::os
