#pragma once

#include <cstdlib>
#include <optional>
#include <string>

#include <unistd.h>

namespace tug::test {

/// While one lives, temporary directories are made in memory, where the host has such. For tests that make and remove a
/// hundred thousand inodes: ext4 takes none again that was removed in the last minutes, and looks at each of those
/// before it finds another one.
class memory_directory {
public:
    memory_directory() {
        if (const char* before = std::getenv(variable)) before_ = before; // NOLINT(concurrency-mt-unsafe)
        if (::access("/dev/shm", R_OK | W_OK | X_OK) == 0)
            ::setenv(variable, "/dev/shm", 1); // NOLINT(concurrency-mt-unsafe)
    }

    ~memory_directory() {
        if (before_)
            ::setenv(variable, before_->c_str(), 1); // NOLINT(concurrency-mt-unsafe)
        else
            ::unsetenv(variable); // NOLINT(concurrency-mt-unsafe)
    }

    memory_directory(const memory_directory&) = delete;
    memory_directory& operator=(const memory_directory&) = delete;

private:
    static constexpr auto variable = "TMPDIR";

    std::optional<std::string> before_;
};

} // namespace tug::test
