#pragma once

#include "os/account.hpp"
#include "tug/service/keys.hpp"

#include <tug/proto/exec_messages.hpp>

#include <optional>
#include <string>
#include <vector>

namespace tug::service {

/// The whole environment of a command, "NAME=value" each: that of the daemon, of which TUG_* is left out, and over it
/// the params' own; with clear_env these alone.
///
/// `runs_as`, if not null, gives HOME, USER, LOGNAME and SHELL their values; who has no name has HOME=/ and none of the
/// others. Where `rules` (null: none) restrict the programs, the inherited PATH is search_path_of() them.
[[nodiscard]] std::vector<std::string> environment_of(const proto::exec_params& params, const key_rules* rules,
                                                      const account* runs_as);

/// Where argv[0] is looked up by a key whose rules restrict the programs, whatever environment its command gets: in the
/// PATH of the daemon, less the entries that are not absolute, in which it would be found in a cwd that the client
/// chose and filled. Nothing for other keys.
[[nodiscard]] std::optional<std::string> search_path_of(const key_rules* rules);

} // namespace tug::service
