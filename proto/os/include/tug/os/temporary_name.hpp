#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tug::os {

/// True for exactly ".tug-<16 lower-case hex>.tmp" and the names of is_partial_name(): what is ours, and no place for a
/// file of others.
[[nodiscard]] bool is_temporary_name(std::string_view name) noexcept;

/// True for exactly ".tug-<16 lower-case hex>.part": what has come of a transfer that was interrupted.
[[nodiscard]] bool is_partial_name(std::string_view name) noexcept;

/// The temporary name of that number.
[[nodiscard]] std::string temporary_name(std::uint64_t number);

/// A random one, which is most likely free; an empty text, with errno, where the OS has no random bytes.
[[nodiscard]] std::string random_temporary_name();

/// Takes the lock that tells a temporary in use from a leftover: flock(LOCK_EX), without waiting. False, with errno,
/// where that was not possible; EWOULDBLOCK: another descriptor has the lock.
[[nodiscard]] bool lock_temporary(int fd) noexcept;

/// Whether that entry of the directory is the open file.
[[nodiscard]] bool is_named(int directory, const std::string& name, int fd) noexcept;

} // namespace tug::os
