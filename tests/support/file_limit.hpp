#pragma once

#include <sys/resource.h>

#include <csignal>

namespace tug::test {

/// No file of this process grows beyond so many bytes (EFBIG), which is as a full disk, until it goes.
class file_limit {
public:
    explicit file_limit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit less{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &less);
    }

    file_limit(const file_limit&) = delete;
    file_limit& operator=(const file_limit&) = delete;

    ~file_limit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

private:
    rlimit before_{};
    void (*handler_)(int);
};

} // namespace tug::test
