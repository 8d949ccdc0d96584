#include "support/leased_program.hpp"

#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace tug::test {

leased_program::leased_program(const std::string& path) : old_handler_(std::signal(SIGIO, SIG_IGN)) {
    write_file(path, "#!/bin/sh\nexit 0\n");
    ::chmod(path.c_str(), 0755);
    fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0 || ::fcntl(fd_, F_SETLEASE, F_WRLCK) != 0)
        throw std::system_error(errno, std::generic_category(), "a lease on " + path);
}

leased_program::~leased_program() {
    let_go();
    ::close(fd_);
    std::signal(SIGIO, old_handler_);
}

bool leased_program::is_wanted() const noexcept {
    return ::fcntl(fd_, F_GETLEASE) != F_WRLCK; // while it is broken, what it is to become
}

void leased_program::let_go() noexcept {
    ::fcntl(fd_, F_SETLEASE, F_UNLCK);
}

} // namespace tug::test
