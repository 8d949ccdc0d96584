#pragma once

#include "os/account.hpp"
#include "tug/service/keys.hpp"

#include <tug/proto/exec_messages.hpp>

#include <string>
#include <vector>

namespace tug::service {

/// The whole environment of a command, "NAME=value" each: that of the daemon, of which TUG_* is left out, and over it
/// the params' own; with clear_env these alone.
///
/// `runs_as`, if not null, gives HOME, USER, LOGNAME and SHELL their values; who has no name has HOME=/ and none of the
/// others. Where `rules` (null: none) restrict the programs, the inherited PATH loses the entries that are not
/// absolute: argv[0] is looked up in it, and would be found in a cwd that the client chose and filled.
[[nodiscard]] std::vector<std::string> environment_of(const proto::exec_params& params, const key_rules* rules,
                                                      const account* runs_as);

} // namespace tug::service
