#pragma once

#include <tug/file_info.hpp>

#include <boost/json/object.hpp>

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

namespace tug::cli {

/// A name for standard output: as it is for a program, and as ls quotes it for a person where it is no plain text.
[[nodiscard]] std::string shown_name(std::string_view name, bool to_terminal);

/// The letter of ls for a type; that of a file is '-'.
[[nodiscard]] char type_letter(file_type type);

/// "drwxr-xr-x", as ls has it.
[[nodiscard]] std::string mode_text(const file_info& info);

/// A line of `ls -l` without the name. `now` decides whether a time is shown with its hour or its year, `human` whether
/// the size is 1.5K or a number.
[[nodiscard]] std::string long_line(const file_info& info, std::time_t now, bool human);

/// What `stat` prints for a person.
[[nodiscard]] std::string status_text(std::string_view path, const file_info& info);

[[nodiscard]] boost::json::object to_json(std::string_view path, const file_info& info);

/// "1.5G", as df -h has it.
[[nodiscard]] std::string size_text(std::uint64_t bytes);

} // namespace tug::cli
