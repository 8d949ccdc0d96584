#pragma once

#include <string>
#include <string_view>

namespace tug::cli {

/// RFC 4648 section 4, padded.
[[nodiscard]] std::string base64(std::string_view bytes);

/// Whether bytes are well-formed UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing over U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view bytes);

} // namespace tug::cli
