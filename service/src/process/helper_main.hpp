#pragma once

#include <optional>

namespace tug::service {

/// What a program does first of all that is to serve as helper_start::program: where its arguments are those of a
/// helper it does that one's work, and returns the exit code. Nothing where they are not.
[[nodiscard]] std::optional<int> helper_main(int argc, char** argv);

} // namespace tug::service
