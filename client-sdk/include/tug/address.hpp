#pragma once

#include <tug/net/address.hpp>

namespace tug {

/// Where a tugd listens. `tug::address::parse("host:8840")`, "unix:/run/tug.sock", "tug://host", "[::1]:8840".
using address = net::address;

} // namespace tug
