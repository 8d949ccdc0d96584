#pragma once

#include "cli/arguments/options.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

/// The hosts that `host` is reached through, the first one first: those of --jump, else of the configuration. Where the
/// first of them has some of its own, they come before it; a host that stands among its own is reached without, so that
/// `host *` may name one for all. Throws usage_error where hosts are reached through one another.
[[nodiscard]] std::vector<std::string> jump_path(const options& o, std::string_view host);

/// The options for a host on the way: flags that are about the last one alone are left out.
[[nodiscard]] options options_of_jump(options o);

/// The hosts of `A,B`, without what stands for a user before an @, which has no meaning on the way. Empty for "none".
/// Throws usage_error.
[[nodiscard]] std::vector<std::string> split_jumps(std::string_view text);

} // namespace tug::cli
