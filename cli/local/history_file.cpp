#include "history_file.hpp"

#include "cli/arguments/options.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace tug::cli {

namespace {

std::string state_directory() {
    if (const auto given = environment("XDG_STATE_HOME"); given && given->starts_with('/')) return *given;
    const auto home = environment("HOME");
    return home && home->starts_with('/') ? *home + "/.local/state" : "";
}

/// Each directory that is missing on the way, for its owner alone.
bool make_directories(const std::string& path) {
    for (std::size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
        if (::mkdir(path.substr(0, at).c_str(), 0700) != 0 && errno != EEXIST) return false;
        if (at == std::string::npos) return true;
    }
}

} // namespace

std::string history_file() {
    const auto state = state_directory();
    if (state.empty() || !make_directories(state + "/tug")) return {};
    const auto path = state + "/tug/history";
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    if (fd < 0) return {};
    struct stat status{};
    const bool right = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && ::fchmod(fd, 0600) == 0;
    ::close(fd);
    return right ? path : "";
}

} // namespace tug::cli
