#pragma once

#include "os/account.hpp"
#include "process/exec_strings.hpp"
#include "tug/service/keys.hpp"

#include <tug/proto/exec_messages.hpp>

#include <optional>
#include <string>
#include <vector>

namespace tug::service {

/// The whole environment of a command, "NAME=value" each: that of the daemon, of which TUG_* is left out, and over it
/// the params' own; with clear_env these alone. With a terminal there is a TERM in any case.
///
/// `user`, whom the command runs as, gives HOME, USER, LOGNAME and SHELL their values where he is `another` than the
/// daemon, else those of them that the daemon lacks; who has no name has HOME=/ and none of the others. A daemon
/// without a PATH passes the usual one on. Where `rules` (null: none) restrict the programs, PATH is search_in_of()
/// them.
[[nodiscard]] exec_strings environment_of(const proto::exec_params& params, const key_rules* rules, const account& user,
                                          bool another);

/// The directories in which argv[0] is looked up by a key whose rules restrict the programs, whatever environment its
/// command gets: those of the PATH of the daemon, less the entries that are not absolute, in which it would be found in
/// a cwd that the client chose and filled. There may be none. Nothing for other keys.
[[nodiscard]] std::optional<std::vector<std::string>> search_in_of(const key_rules* rules, uid_t uid);

} // namespace tug::service
