#include "replaced_file.hpp"

#include "descriptor_path.hpp"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace tug::os {

namespace {

constexpr const char* access_acl = "system.posix_acl_access";

/// Statements about the content that is replaced, not about who may use the file.
constexpr std::array<std::string_view, 3> of_the_content{"security.capability", "security.ima", "security.evm"};

/// What a file system or a kernel says that has no such thing, or lets this process not see or give it.
bool is_refusal(int err) {
    constexpr std::array refusals{EPERM, EACCES, EOPNOTSUPP, EINVAL, ENOSYS, ENODATA, ENOENT};
    return std::ranges::find(refusals, err) != refusals.end();
}

/// The value, or an errno in `err`. It may grow between the question for its size and the one for itself (ERANGE).
template <class Get>
std::vector<char> read_value(const Get& get, int& err) {
    std::vector<char> value;
    do {
        const auto size = get(nullptr, std::size_t{0});
        value.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        const auto got = size > 0 ? get(value.data(), value.size()) : size;
        err = got < 0 ? errno : 0;
        value.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    } while (err == ERANGE);
    return value;
}

std::vector<char> read_attribute(const std::string& path, const char* name, int& err) {
    return read_value([&](char* to, std::size_t size) { return ::getxattr(path.c_str(), name, to, size); }, err);
}

/// Rights of the group go where the other users have none: it is not the group that they were given to.
unsigned without_group(unsigned mode) {
    constexpr unsigned group = 070;
    return mode & (~group | (mode << 3));
}

} // namespace

std::optional<replaced_file> replaced_file::open(int directory, const std::string& name) {
    unique_fd file(::openat(directory, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat st{};
    if (!file || ::fstat(file.get(), &st) != 0 || !S_ISREG(st.st_mode)) return std::nullopt;
    return replaced_file(std::move(file), st);
}

int replaced_file::pass_on(int to, std::optional<unsigned> mode) const {
    bool same_rights = pass_group(to);
    if (const int err = pass_acl(to, same_rights)) return err;
    if (const int err = pass_attributes(to)) return err;
    const unsigned kept = status_.st_mode & 0777U;
    // After the ACL, whose mask the bits of the group are.
    return ::fchmod(to, mode.value_or(same_rights ? kept : without_group(kept))) == 0 ? 0 : errno;
}

void replaced_file::pass_owner(int to) const noexcept {
    struct stat st{};
    if (::fstat(to, &st) != 0 || st.st_uid == status_.st_uid) return;
    static_cast<void>(::fchown(to, status_.st_uid, static_cast<gid_t>(-1)) == 0);
}

bool replaced_file::pass_group(int to) const noexcept {
    struct stat st{};
    if (::fstat(to, &st) == 0 && st.st_gid == status_.st_gid) return true;
    return ::fchown(to, static_cast<uid_t>(-1), status_.st_gid) == 0;
}

/// Sets `passed` to false where the old file has, or may have, an ACL that the new one did not get: the mode of such a
/// file shows the mask of the ACL as the bits of the group.
int replaced_file::pass_acl(int to, bool& passed) const {
    int err = 0;
    const auto acl = read_attribute(path(), access_acl, err);
    if (err == ENODATA || err == EOPNOTSUPP) { // then nor is the new file to have one, which its directory may give it
        if (::fremovexattr(to, access_acl) == 0 || is_refusal(errno)) return 0;
        return errno;
    }
    if (err == 0 && ::fsetxattr(to, access_acl, acl.data(), acl.size(), 0) == 0) return 0;
    if (err == 0) err = errno;
    passed = false;
    return is_refusal(err) ? 0 : err;
}

int replaced_file::pass_attributes(int to) const {
    const auto from = path();
    int err = 0;
    const auto names =
        read_value([&](char* list, std::size_t size) { return ::listxattr(from.c_str(), list, size); }, err);
    if (err != 0) return is_refusal(err) ? 0 : err;
    for (const char* name = names.data(); name < names.data() + names.size(); name += std::strlen(name) + 1) {
        if (std::string_view(name) == access_acl ||
            std::ranges::find(of_the_content, std::string_view(name)) != of_the_content.end())
            continue;
        const auto value = read_attribute(from, name, err);
        if (err == 0 && ::fsetxattr(to, name, value.data(), value.size(), 0) != 0) err = errno;
        if (err != 0 && !is_refusal(err)) return err;
    }
    return 0;
}

/// For calls that take no O_PATH descriptor.
std::string replaced_file::path() const {
    return descriptor_path(file_.get());
}

} // namespace tug::os
