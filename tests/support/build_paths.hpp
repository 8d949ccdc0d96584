#pragma once

#include <string>

namespace tug::test {

/// Where the binaries of this build are. Told to one source alone: the others compile to the same in every checkout,
/// so that a compiler cache knows them.
[[nodiscard]] std::string bin_dir();

/// The top of the checkout.
[[nodiscard]] std::string source_dir();

} // namespace tug::test
