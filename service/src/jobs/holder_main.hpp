#pragma once

#include <span>
#include <string_view>

namespace tug::service {

/// The helper_start::mode of a holder, and its work: a process that holds one job. It starts the command, keeps what it
/// writes in files, answers those who ask on the socket in the directory of the job, and writes the result. It is told
/// nothing but its job_launch, needs no daemon, and is found by its directory. SIGTERM ends the job in order.
inline constexpr std::string_view hold_mode = "hold";
[[nodiscard]] int hold_main(std::span<char*> arguments);

} // namespace tug::service
