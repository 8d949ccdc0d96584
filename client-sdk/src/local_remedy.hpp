#pragma once

#include <string_view>

namespace tug::detail {

/// What to do about a local file that failed with the errno of that name (`os_error` of a local_io); empty for one that
/// says too little.
[[nodiscard]] std::string_view local_remedy(std::string_view os_error) noexcept;

} // namespace tug::detail
