#pragma once

#include <tug/os/unique_fd.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace tug::bench {

using os::unique_fd;

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
