#pragma once

#include "options.hpp"

namespace tug::cli {

/// What `put` and `get` do with several sources, or with a pattern of the host, is what cp does: then the words are in
/// `copy`, and `file.remote` is the one that names the host. Throws usage_error.
void take_sources(options& o);

} // namespace tug::cli
