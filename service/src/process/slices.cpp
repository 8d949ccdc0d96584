#include "slices.hpp"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

namespace tug::service {

namespace {

/// The shortest that the kernel gives.
constexpr std::uint64_t short_slice_ns = 100'000;

std::atomic<bool> are_short = false;

std::optional<scheduling> with_slice(std::uint64_t slice_ns) noexcept {
    scheduling out;
    if (::syscall(SYS_sched_getattr, 0, &out, out.size, 0) != 0 || out.policy != SCHED_OTHER) return std::nullopt;
    out.slice_ns = slice_ns;
    return out;
}

bool take(std::uint64_t slice_ns) noexcept {
    const auto wanted = with_slice(slice_ns);
    return wanted && ::syscall(SYS_sched_setattr, 0, &*wanted, 0) == 0;
}

} // namespace

void take_short_slices() noexcept {
    if (take(short_slice_ns)) are_short = true;
}

void take_usual_slices() noexcept {
    static_cast<void>(take(0));
}

std::optional<scheduling> scheduling_of_commands() noexcept {
    return are_short ? with_slice(0) : std::nullopt;
}

} // namespace tug::service
