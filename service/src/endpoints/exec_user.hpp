#pragma once

#include "os/account.hpp"
#include "server/context.hpp"
#include "tug/service/call.hpp"

#include <tug/os/root.hpp>
#include <tug/proto/error.hpp>
#include <tug/proto/exec_messages.hpp>

#include <optional>
#include <string>

namespace tug::service {

/// Whom a command runs as.
struct acting_user {
    account who;
    bool another = false; ///< Than the user of this process.

    /// Who must own what the command is to open by name; nothing where that is this process anyway.
    [[nodiscard]] std::optional<uid_t> owner() const { return another ? std::optional(who.uid) : std::nullopt; }
};

/// The user that the params name, else that of the server. Fails with permission_denied where the caller may not, or
/// this process cannot, and with invalid_params where the host has no such user. May block.
[[nodiscard]] proto::result<acting_user> user_of(const context& shared, const caller& who,
                                                 const proto::exec_params& params);

/// What `login` executes: the shell of the user, /bin/sh where its entry names none.
[[nodiscard]] const std::string& login_shell_of(const account& user);

/// argv[0] by which a shell knows that it is a login shell: "-bash".
[[nodiscard]] std::string login_name_of(const std::string& shell);

/// The home of the user as a path below that root; nothing where it is not there. May block.
[[nodiscard]] std::optional<std::string> home_below(const os::root& root, const account& user);

} // namespace tug::service
