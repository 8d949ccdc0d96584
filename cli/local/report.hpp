#pragma once

#include <tug/os/escape.hpp>

#include <boost/json/fwd.hpp>

#include <string>
#include <string_view>

namespace tug::cli {

using os::printable;
using os::quoted_name;

/// Prints the line `tug: cause: remedy` on standard error.
void print_error(std::string_view cause, std::string_view remedy);

/// Waits until a descriptor is ready, or at its end. For one of 0 to 2 that has O_NONBLOCK: the flag belongs to all who
/// share the open file, so whatever set it needs it, and EAGAIN is no failure here. Keeps errno.
void wait_for(int fd, short event) noexcept;

/// Writes everything to a descriptor, blocking. False where that fails, with errno set.
[[nodiscard]] bool write_all(int fd, std::string_view text);

/// Prints a result. False where that fails, after print_error(); where its reader has left see die_by_sigpipe().
[[nodiscard]] bool print_text(std::string_view text, int fd = 1);

/// Likewise a JSON text, as a line.
[[nodiscard]] bool print_json(const boost::json::value& value, int fd = 1);

} // namespace tug::cli
