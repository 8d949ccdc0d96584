#include "account.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <limits>
#include <optional>

namespace tug::service {

namespace {

/// A number that setresuid takes; -1 would mean "leave it as it is".
std::optional<id_t> id_from(std::string_view text) {
    id_t id = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), id);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
    if (id == std::numeric_limits<id_t>::max()) return std::nullopt;
    return id;
}

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Calls one of the get…_r functions with a buffer that is large enough. Null where there is no such entry.
template <class Entry, class Get>
const Entry* look_up(Entry& entry, std::vector<char>& buffer, const Get& get) {
    constexpr std::size_t most = 1024 * 1024;
    for (buffer.resize(1024); buffer.size() <= most; buffer.resize(buffer.size() * 2)) {
        Entry* found = nullptr;
        if (get(&entry, buffer.data(), buffer.size(), &found) != ERANGE) return found;
    }
    return nullptr;
}

std::optional<account> user_of(const std::string& text) {
    passwd entry{};
    std::vector<char> buffer;
    const auto id = is_number(text) ? id_from(text) : std::nullopt;
    const auto* found = look_up(entry, buffer, [&](passwd* to, char* at, std::size_t size, passwd** result) {
        return id ? ::getpwuid_r(*id, to, at, size, result) : ::getpwnam_r(text.c_str(), to, at, size, result);
    });
    if (!found) return std::nullopt;
    account out;
    out.uid = found->pw_uid;
    out.gid = found->pw_gid;
    out.name = found->pw_name;
    out.home = found->pw_dir;
    out.shell = found->pw_shell;
    return out;
}

std::optional<gid_t> group_of(const std::string& text) {
    if (is_number(text)) return id_from(text);
    group entry{};
    std::vector<char> buffer;
    const auto* found = look_up(entry, buffer, [&](group* to, char* at, std::size_t size, group** result) {
        return ::getgrnam_r(text.c_str(), to, at, size, result);
    });
    if (!found) return std::nullopt;
    return found->gr_gid;
}

std::vector<gid_t> groups_of(const account& a) {
    int count = 64;
    std::vector<gid_t> out(static_cast<std::size_t>(count));
    if (::getgrouplist(a.name.c_str(), a.gid, out.data(), &count) < 0) {
        out.resize(static_cast<std::size_t>(count));
        ::getgrouplist(a.name.c_str(), a.gid, out.data(), &count);
    }
    out.resize(static_cast<std::size_t>(count));
    return out;
}

} // namespace

proto::result<account> find_account(std::string_view text, std::string_view field) {
    const auto colon = text.find(':');
    const std::string name(text.substr(0, colon));
    std::optional<gid_t> group;
    if (colon != std::string_view::npos) {
        const std::string group_name(text.substr(colon + 1));
        group = group_of(group_name);
        if (!group) return proto::failure::bad_field(field, "names the group \"" + group_name + "\", which is none");
    }
    auto user = user_of(name);
    if (!user) {
        const auto id = is_number(name) ? id_from(name) : std::nullopt;
        if (!id) return proto::failure::bad_field(field, "names the user \"" + name + "\", which the host has not");
        if (!group)
            return proto::failure::bad_field(
                field, "is the uid " + name + ", for which the host has no user; give its group: " + name + ":GID");
        account nameless;
        nameless.uid = *id;
        nameless.gid = *group;
        return nameless;
    }
    if (group) user->gid = *group;
    user->groups = groups_of(*user);
    return std::move(*user);
}

account own_account() {
    auto found = user_of(std::to_string(::geteuid())).value_or(account());
    found.uid = ::geteuid();
    found.gid = ::getegid();
    return found;
}

} // namespace tug::service
