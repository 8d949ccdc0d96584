#pragma once

#include <tug/proto/digest.hpp>

namespace tug {

/// What a transfer is verified with: xxh3_128, sha256, or none where that is allowed. name_of() and
/// digest_kind_from_name() as options and output have it.
using proto::digest_kind;
using proto::digest_kind_from_name;
using proto::name_of;

} // namespace tug
