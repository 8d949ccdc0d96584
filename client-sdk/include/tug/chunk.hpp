#pragma once

#include <tug/proto/chunk.hpp>

namespace tug {

/// An owned run of bytes, move-only: bytes(), text(), size(), empty(). `chunk::copy_of(text)` makes one; one to be
/// filled is made with a capacity, written to at room() and told by commit().
using chunk = proto::chunk;

} // namespace tug
