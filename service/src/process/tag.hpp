#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace tug::service {

// Why a tag. A program that forks, calls setsid and lets its parent die leaves a process that neither session, group
// nor parent ties to the call that it came from, and cgroups are not to be had in most containers. A process may
// change all of these, but resource limits are inherited by every descendant and can be read from outside. So each
// call gets a random value for one limit that means nothing at such a size: RLIMIT_RTTIME, the CPU time in µs that a
// process of real-time scheduling may take without a system call that blocks; 2^61 µs are 73,000 years.
// A process that lowers this limit itself gets rid of its tag: it is no defence against one that tries to.

/// A tag for a new call: between 2^61 and 2^62, or under this process's own hard limit where that is finite (tugd
/// may itself run inside a call of another). Its low bits are the family, so that what belongs to any call of this
/// process can be found as well; with `outlives`, for a call that may leave children behind, they differ from it.
/// 0, which means none, where that limit is so low that it would be felt, or the OS gives no random bytes. Thread safe.
[[nodiscard]] std::uint64_t make_tag(bool outlives = false);

inline constexpr std::uint64_t tag_family_bits = 0xffff'ffff;

/// What the tags of calls of this process, those that `outlive` it apart, have in these bits: random, the same as long
/// as it lives, and in what it forks. 0 where the OS gives no random bytes. Thread safe.
[[nodiscard]] std::uint64_t tag_family();

/// The tag of a process, 0 where it has none; nothing where that cannot be read (it is gone). Thread safe.
[[nodiscard]] std::optional<std::uint64_t> tag_of(pid_t pid);

} // namespace tug::service
