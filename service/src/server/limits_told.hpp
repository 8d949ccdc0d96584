#pragma once

#include "tug/service/options.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace tug::service {

/// The limits as rpc.info tells them: each by the name of its flag, with underscores, times in milliseconds.
[[nodiscard]] std::map<std::string, std::uint64_t> limits_told(const options& o);

} // namespace tug::service
