#include "endpoints/look_permission.hpp"

#include <string>

namespace tug::service {

proto::result<void> may_look(const context& shared, const caller& who, std::string_view param) {
    const auto keys = shared.keys();
    const auto key = keys ? keys->find(who.key_id) : key_ring::const_iterator();
    if (!keys || (key != keys->end() && key->second.allowed.has(permission::get))) return {};
    proto::failure why(proto::errc::permission_denied, "the key \"" + who.key_id +
                                                           "\" has no permission to get, which \"" +
                                                           std::string(param) + "\" needs");
    why.need = name_of(permission::get);
    return why;
}

} // namespace tug::service
