#pragma once

#include <string>
#include <string_view>

namespace tug::service {

/// What a process wrote to stderr before it ended, for people: on one line, and at most as much as is worth telling.
[[nodiscard]] std::string last_words(std::string_view written);

/// What is known of the end of a process: its last words, and what its parent was told ("SIGKILL"). Either may be
/// empty.
[[nodiscard]] std::string end_text(std::string words, const std::string& how);

} // namespace tug::service
