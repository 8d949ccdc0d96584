#pragma once

#include "tug/service/call.hpp"
#include "tug/service/keys.hpp"

#include <tug/proto/exec_messages.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::service {

inline constexpr std::string_view path_variable = "PATH";

/// True for a path from "/" on in which no component is empty, "." or "..".
[[nodiscard]] bool is_plain_path(std::string_view path) noexcept;

/// Whether a pattern of argv0= allows that argv[0]. One with a slash must be a plain path: so no `..` leads out of a
/// directory that a pattern names, and nothing in the cwd is ever meant.
[[nodiscard]] bool allows_program(const key_rules& rules, const std::string& argv0);

/// permission_denied where the rules of the caller's key forbid the command: the program (a shell line counts as
/// /bin/sh), or a variable. It says which rule, and what would allow it. Nothing where they allow it.
[[nodiscard]] std::optional<proto::failure> refuse_command(const caller& who, const proto::exec_params& params);

/// The same for the program that `login` starts, which is known once the user is.
[[nodiscard]] std::optional<proto::failure> refuse_login_shell(const caller& who, const std::string& shell);

/// permission_denied where the caller may not have a command run as that user: no user= of its key matches the text, or
/// there are no keys and the operator has said whom commands run as (`as_set`). Nothing where it may.
[[nodiscard]] std::optional<proto::failure> refuse_user(const caller& who, const std::string& user, bool as_set);

/// Whether a pattern of env= allows that variable. Those by which the loader takes in other code (LD_*) are meant by no
/// wildcard: only by a pattern that itself begins so.
[[nodiscard]] bool allows_variable(const key_rules& rules, const std::string& name);

/// The entries of a PATH less all that do not begin with "/": those are below the cwd. There may be none.
[[nodiscard]] std::vector<std::string> absolute_entries(std::string_view path);

} // namespace tug::service
