#pragma once

namespace tug::service {

struct child_plan;

/// True where the kernel has close_range (5.9) and no seccomp filter refuses it.
[[nodiscard]] bool has_close_range() noexcept;

/// Part of the body of the child, see run_child(): the three descriptors of the plan become 0, 1 and 2, and there is no
/// other one any more. False, and the plan's error, where that fails.
bool set_child_descriptors(child_plan& plan);

} // namespace tug::service
