#include "os/account_names.hpp"

#include <grp.h>
#include <pwd.h>

#include <array>

namespace tug::service {

namespace {

/// More than the entry of any user takes; a group with so many members stays without a name.
using entry_room = std::array<char, 64 * 1024>;

} // namespace

const std::string& account_names::user(std::uint32_t uid) {
    const auto [at, fresh] = users_.try_emplace(uid);
    if (!fresh) return at->second;
    entry_room room; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(uid, &entry, room.data(), room.size(), &found) == 0 && found != nullptr)
        at->second = found->pw_name;
    return at->second;
}

const std::string& account_names::group(std::uint32_t gid) {
    const auto [at, fresh] = groups_.try_emplace(gid);
    if (!fresh) return at->second;
    entry_room room; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    ::group entry{};
    ::group* found = nullptr;
    if (::getgrgid_r(gid, &entry, room.data(), room.size(), &found) == 0 && found != nullptr)
        at->second = found->gr_name;
    return at->second;
}

} // namespace tug::service
