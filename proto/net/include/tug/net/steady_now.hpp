#pragma once

#include <tug/proto/receive_window.hpp>

#include <chrono>

namespace tug::net {

/// The time as the protocol takes it, which has no clock of its own.
[[nodiscard]] inline proto::time_point steady_now() noexcept {
    using namespace std::chrono;
    return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

} // namespace tug::net
