#pragma once

#include <boost/json/fwd.hpp>

#include <string>
#include <string_view>

namespace tug::cli {

/// `text` on one line: control characters, which a hostile server may have sent, become '?'.
[[nodiscard]] std::string printable(std::string_view text);

/// Prints the line `tug: cause: remedy` on standard error.
void print_error(std::string_view cause, std::string_view remedy);

/// Writes everything to a descriptor, blocking. False where that fails, with errno set.
[[nodiscard]] bool write_all(int fd, std::string_view text);

/// Prints a JSON text as a line. False where that fails, after print_error().
[[nodiscard]] bool print_json(const boost::json::value& value, int fd = 1);

} // namespace tug::cli
