#pragma once

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tug::proto {

// File names, arguments and variables are bytes; a JSON string is UTF-8. On the wire such a value is a string where it
// is UTF-8, and an object {"base64":"…"} where it is not (PROTOCOL.md, "Bytes of the system").

/// Whether bytes are well-formed UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing over U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

/// A string where that is possible, else the object.
[[nodiscard]] boost::json::value bytes_to_json(std::string_view bytes, boost::json::storage_ptr memory = {});

/// The bytes that `v` stands for; nothing where it is neither form, or its base64 is not canonical. Strings of UTF-8
/// may come in both forms: a writer need not look.
[[nodiscard]] std::optional<std::string> bytes_from_json(const boost::json::value& v);

/// `bytes` as UTF-8 for people: what is no part of a well-formed character becomes \xNN. Texts in UTF-8 stay as they
/// are.
[[nodiscard]] std::string utf8_text(std::string_view bytes);

} // namespace tug::proto
