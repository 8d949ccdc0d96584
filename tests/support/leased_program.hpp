#pragma once

#include <string>

namespace tug::test {

/// A program that does not start until it is let go: the write lease on its file holds each open of it (fcntl(2)),
/// also that of execve. While it lives SIGIO, which would tell of that, is ignored in this process.
class leased_program {
public:
    /// Makes the file. Throws where leases cannot be had.
    explicit leased_program(const std::string& path);
    ~leased_program();
    leased_program(const leased_program&) = delete;
    leased_program& operator=(const leased_program&) = delete;

    /// True once it is being opened, and held.
    [[nodiscard]] bool is_wanted() const noexcept;

    /// It starts, and ends with exit code 0.
    void let_go() noexcept;

private:
    int fd_;
    void (*old_handler_)(int);
};

} // namespace tug::test
