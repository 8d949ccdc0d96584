#include "tug/proto/permission.hpp"

namespace tug::proto {

std::string_view name_of(permission p) noexcept {
    switch (p) {
    case permission::exec: return "exec";
    case permission::put: return "put";
    case permission::get: return "get";
    case permission::forward: return "forward";
    case permission::audit: return "audit";
    case permission::none: break;
    }
    return "";
}

std::optional<permission> permission_from_name(std::string_view name) noexcept {
    for (const auto p : all_permissions)
        if (name_of(p) == name) return p;
    return std::nullopt;
}

} // namespace tug::proto
