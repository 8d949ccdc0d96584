#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tug::proto {

/// What a key may allow. A client that may exec owns the daemon's user.
enum class permission : std::uint8_t { none = 0, exec = 1, put = 2, get = 4, forward = 8, audit = 16 };

/// All that a key can have, in the order in which they are written.
inline constexpr std::array all_permissions{permission::exec, permission::put, permission::get, permission::forward,
                                            permission::audit};

/// As it stands in a key file and on the wire; empty for none.
[[nodiscard]] std::string_view name_of(permission p) noexcept;

/// The permission of that very name; nothing where there is none.
[[nodiscard]] std::optional<permission> permission_from_name(std::string_view name) noexcept;

} // namespace tug::proto
