#pragma once

#include <cstdint>
#include <optional>

namespace tug::service {

/// struct sched_attr of sched_setattr(2), as it was at first: libc 2.36 has none, and later ones another.
struct scheduling {
    std::uint32_t size = 48;
    std::uint32_t policy = 0;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t slice_ns = 0; ///< sched_runtime; 0: the usual one.
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
};

// The slice of a thread is how long it runs until the scheduler looks whose turn it is. One that asks for a short slice
// gets no more time in all, but gets it sooner after it has woken up, beside commands that compute. Linux 6.12 and
// later; to older kernels, and for a thread of another policy than SCHED_OTHER, all of this changes nothing.

/// For the calling thread, and for those that it makes from then on. What it executes inherits the slice; commands do
/// not, see scheduling_of_commands().
void take_short_slices() noexcept;

/// For the calling thread alone.
void take_usual_slices() noexcept;

/// What a command is to take between clone and execve, so that it has the slice which this process would have had, and
/// keeps its niceness. Nothing where this process has never asked for short slices. Of the calling thread; thread safe.
[[nodiscard]] std::optional<scheduling> scheduling_of_commands() noexcept;

} // namespace tug::service
