#pragma once

#include "tug/os/unique_fd.hpp"

#include <sys/stat.h>

#include <optional>
#include <string>

namespace tug::os {

/// A regular file that another one is about to take the place of, and what that one keeps of it, so that new content
/// does not change who may read or start it: mode, owner, group, access ACL and extended attributes. What the process
/// may not give, or the file system has not, is left out; then the new file is open to fewer users, never to more.
///
/// Not kept is what vouches for the old content: the bits setuid, setgid and sticky, file capabilities, and the
/// signatures of IMA and EVM.
class replaced_file {
public:
    /// Nothing where `name` in `directory` is no regular file. Takes no right to read it. Needs /proc to see more than
    /// mode and owner.
    [[nodiscard]] static std::optional<replaced_file> open(int directory, const std::string& name);

    /// Gives all but the owner to the file `to`; `mode`, where given, in the place of the old one. 0, or the errno of
    /// what must not be overlooked, such as a full disk.
    [[nodiscard]] int pass_on(int to, std::optional<unsigned> mode) const;

    /// The last step: when `to` belongs to another user, this process may have no right to change it any more.
    void pass_owner(int to) const noexcept;

private:
    replaced_file(unique_fd file, const struct stat& st) noexcept : file_(std::move(file)), status_(st) {}

    [[nodiscard]] bool pass_group(int to) const noexcept;
    [[nodiscard]] int pass_acl(int to, bool& passed) const;
    [[nodiscard]] int pass_attributes(int to) const;
    [[nodiscard]] std::string path() const;

    unique_fd file_; // O_PATH
    struct stat status_;
};

} // namespace tug::os
