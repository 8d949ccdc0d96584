#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tug::proto {

// The wire has names, so that the two sides need not be of one kind. The numbers are those of Linux on x86, ARM and
// RISC-V.

/// The name as bash's `kill -l` has it, without SIG: "KILL", "IO", "RTMIN+3", "RTMAX-2"; the number in decimal for one
/// that has no name (32 and 33, which libc keeps for itself).
[[nodiscard]] std::string signal_name(int signal);

/// The signal of such a name, or of one of its synonyms: POLL, CLD, IOT, UNUSED. Nothing for any other text: "SIGINT",
/// "int", "9".
[[nodiscard]] std::optional<int> signal_number(std::string_view name);

} // namespace tug::proto
