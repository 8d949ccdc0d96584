#pragma once

#include "tug/proto/compression.hpp"
#include "tug/proto/member_kinds.hpp"

#include <string_view>
#include <utility>

namespace tug::proto {

/// As it stands in params: absent where bodies are not compressed.
inline constexpr choice_kind<compression, 1> compression_kind{{std::pair{compression::zstd, std::string_view("zstd")}}};

inline constexpr count_kind level_kind{lowest_level, highest_level};

} // namespace tug::proto
