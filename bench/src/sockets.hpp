#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <sys/types.h>
#include <unistd.h>

namespace tug::bench {

/// Owns a descriptor.
class unique_fd {
public:
    unique_fd() = default;

    explicit unique_fd(int fd) noexcept : fd_(fd) {}

    unique_fd(unique_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

    unique_fd& operator=(unique_fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }

    ~unique_fd() { reset(); }

    void reset() noexcept {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }

    [[nodiscard]] int get() const noexcept { return fd_; }

private:
    int fd_ = -1;
};

/// What errno says now, as std::system_error.
[[noreturn]] void throw_errno(const std::string& what);
/// Throws where `result` is -1, else returns it.
ssize_t checked(ssize_t result, const char* what);

/// A blocking TCP socket to 127.0.0.1 with TCP_NODELAY.
[[nodiscard]] unique_fd connect_loopback(std::uint16_t port);
/// The same for `HOST:PORT` or `unix:PATH`.
[[nodiscard]] unique_fd connect_to(const std::string& address);

/// Listens on 127.0.0.1; port 0 picks one. It prints `listening on 127.0.0.1:PORT`, for who started the program.
[[nodiscard]] unique_fd listen_loopback(std::uint16_t port);
/// The next connection, with TCP_NODELAY; `flags` as for accept4(2).
[[nodiscard]] unique_fd accept_from(const unique_fd& listener, int flags = 0);

void set_nonblocking(const unique_fd& fd);
void send_all(const unique_fd& to, std::span<const std::byte> bytes);
void send_all(const unique_fd& to, std::string_view text);
void write_all(int to, std::span<const std::byte> bytes);
/// Exactly that many bytes; throws at the end of input.
[[nodiscard]] std::string receive_exactly(const unique_fd& from, std::size_t size);

/// Lets this process open as many files as the system allows it.
void raise_file_limit();

} // namespace tug::bench
