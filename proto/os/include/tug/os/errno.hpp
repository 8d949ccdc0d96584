#pragma once

#include <tug/proto/error.hpp>

#include <string>
#include <string_view>

namespace tug::os {

/// The name of an errno value, e.g. "ENOENT"; "E<number>" for one that libc does not know. Thread safe.
[[nodiscard]] std::string errno_name(int err);

/// The other way; 0 where the name is none.
[[nodiscard]] int errno_of(std::string_view name);

/// The failure of an operation on a file, as PROTOCOL.md maps errno values ("Paths"). `what` is the text for
/// people and must hold no path of the host, e.g. "cannot open the file". Sets os_error. Thread safe.
[[nodiscard]] proto::failure file_failure(int err, std::string_view what);

} // namespace tug::os
