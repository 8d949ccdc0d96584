#pragma once

#include "tug/proto/error.hpp"

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace tug::service {

/// A user of the host, as commands are to run.
struct account {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups; ///< The supplementary ones: exactly these.
    std::string name;          ///< Empty where the host knows none for the uid; then so is what follows.
    std::string home;
    std::string shell;
};

/// Looks up `NAME` or `UID`, each also as `…:GROUP` or `…:GID`, which takes the place of the user's own group. A uid
/// that the host has no name for needs a group, and has no other. Fails with invalid_params that names what is wrong,
/// and the `field` that it stands in.
/// Thread safe; asks the host's name services, which may block.
[[nodiscard]] proto::result<account> find_account(std::string_view text, std::string_view field = "exec_user");

/// The user that this process runs as, without a name where the host knows none for its uid. Thread safe; may block.
[[nodiscard]] account own_account();

} // namespace tug::service
