#pragma once

#include <tug/proto/base64.hpp>
#include <tug/proto/bytes.hpp>

namespace tug {

/// Whether bytes are well-formed UTF-8. Paths, arguments and variables need not be: the SDK takes any bytes but NUL.
using proto::is_utf8;

/// How JSON output shows such bytes: a string where they are UTF-8, else {"base64":"…"}.
using proto::bytes_to_json;

/// RFC 4648 section 4, padded.
using proto::base64_encode;

/// Its strict inverse; nothing where the text is no base64.
using proto::base64_decode;

} // namespace tug
