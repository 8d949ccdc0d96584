#pragma once

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace tug::os {

/// Owns one file descriptor and closes it. Move-only; -1 means none. Not thread safe.
class unique_fd {
public:
    unique_fd() = default;

    explicit unique_fd(int fd) noexcept : fd_(fd) {}

    unique_fd(unique_fd&& other) noexcept : fd_(other.release()) {}

    unique_fd& operator=(unique_fd&& other) noexcept {
        if (this != &other) reset(other.release());
        return *this;
    }

    unique_fd(const unique_fd&) = delete;
    unique_fd& operator=(const unique_fd&) = delete;

    ~unique_fd() { reset(); }

    [[nodiscard]] int get() const noexcept { return fd_; }

    [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }

    /// Gives the descriptor away; the caller closes it.
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

    /// Closes what is held and takes `fd`. errno is kept, so it can be read after a guard has gone.
    void reset(int fd = -1) noexcept {
        const int old = std::exchange(fd_, fd);
        if (old < 0) return;
        const int saved = errno;
        ::close(old); // never retried: on Linux the descriptor is gone even after EINTR
        errno = saved;
    }

private:
    int fd_ = -1;
};

} // namespace tug::os
