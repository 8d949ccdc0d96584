#pragma once

#include "jobs/job_launch.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tug::service {

// How a holder comes to its job: over a socket, descriptors and all, so that it may have been started before there was
// one.

/// What a holder was given. The descriptors are the receiver's.
struct handed_over {
    holder_descriptors given;
    std::string launch;
};

/// Sends all of it, and then the end. False where the holder is gone.
[[nodiscard]] bool hand_over(int socket, const holder_descriptors& given, std::string_view launch);

/// Waits for it. Nothing where the daemon is gone before all has come.
[[nodiscard]] std::optional<handed_over> receive_hand_over(int socket);

} // namespace tug::service
