#pragma once

#include <tug/proto/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace tug::os {

inline constexpr std::size_t max_path_bytes = 4095;
inline constexpr std::size_t max_component_bytes = 255;

/// What can be said of a request's path from its text alone. Fails with invalid_params (length, NUL, a component over
/// 255 bytes) or path_denied (at some point more ".." than other components before it). UTF-8 is the JSON layer's part.
[[nodiscard]] proto::result<void> check_path(std::string_view path);

/// The target of a put, taken apart: the directory ("/" where the text names none) and the name in it.
struct target_path {
    std::string directory;
    std::string name;
};

/// check_path(), then: is_directory where the last component is empty, "." or "..", invalid_params where it is the name
/// of a temporary.
[[nodiscard]] proto::result<target_path> split_target(std::string_view path);

/// `text` in quotes, as messages repeat a part of the request.
[[nodiscard]] std::string quoted(std::string_view text);

/// The same for a text of any length and any bytes: control characters as C writes them, and at most 128 bytes of it,
/// so that what follows it is still in the message.
[[nodiscard]] std::string quoted_start(std::string_view text);

/// The path of `name` in `directory`, whether that ends in a slash or not.
[[nodiscard]] std::string path_in(std::string directory, std::string_view name);

} // namespace tug::os
