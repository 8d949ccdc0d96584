#pragma once

#include <tug/proto/error.hpp>

#include <cstring>
#include <string>
#include <string_view>

namespace tug::detail {

/// A failure of this host's own files: the errno by name and what it was about.
[[nodiscard]] inline proto::failure local_failure(std::string_view what, int error) {
    proto::failure f(proto::errc::local_io, std::string(what).append(": ").append(::strerrordesc_np(error)));
    if (const char* name = ::strerrorname_np(error)) f.os_error = name;
    return f;
}

} // namespace tug::detail
