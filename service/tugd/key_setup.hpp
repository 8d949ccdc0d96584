#pragma once

#include "config.hpp"

#include <tug/service/keys.hpp>

namespace tug::service {

/// Reads the key file. Fails with bad_key_file also where a key asks for what this tugd cannot do for it: sessions that
/// are to be recorded need --record. Precondition: !c.no_auth.
[[nodiscard]] proto::result<key_ring> read_keys(const config& c);

} // namespace tug::service
