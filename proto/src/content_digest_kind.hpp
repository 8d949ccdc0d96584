#pragma once

#include <tug/proto/digest.hpp>
#include <tug/proto/member_kinds.hpp>

#include <string_view>
#include <utility>

namespace tug::proto {

/// The digest of a content that is there: to ask for none makes no sense.
inline constexpr choice_kind<digest_kind, 2> content_digest_kind{
    {std::pair{digest_kind::xxh3_128, std::string_view("xxh3-128")},
     std::pair{digest_kind::sha256, std::string_view("sha256")}}};

} // namespace tug::proto
