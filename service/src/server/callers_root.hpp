#pragma once

#include "files/served_root.hpp"
#include "tug/service/call.hpp"

#include <utility>

namespace tug::service {

/// What `use` makes of the directory that this caller sees as "/": the server's root as its path names it now, or the
/// one below it that the caller's key names. A failure in its place where that cannot be opened; its message
/// must not say where it is. Once a call. May block.
template <class Use>
auto in_root_of(const served_root& served, const caller& who, const Use& use)
    -> decltype(use(std::declval<const os::root&>())) {
    const auto whole = served.now();
    if (!whole) return whole.error();
    if (!who.rules || who.rules->root.empty()) return use(**whole);
    const auto own = (*whole)->open_below(who.rules->root);
    if (own) return use(*own);
    proto::failure why(own.error().code, "the directory that is the root of this key cannot be opened; the operator of "
                                         "the server has to make it, or correct root= in the key file");
    why.os_error = own.error().os_error;
    return why;
}

} // namespace tug::service
