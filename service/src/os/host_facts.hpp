#pragma once

#include <tug/proto/info_messages.hpp>

#include <cstdint>
#include <string>

namespace tug::service {

/// What the kernel and /etc/os-release say of this host. What they do not say is empty or 0. Blocks for a moment;
/// thread safe.
struct host_facts {
    std::string hostname;
    std::string os;
    std::string kernel;
    std::string arch;
    std::uint64_t cores = 0; ///< That this process may use.
    proto::load_figures load;
    proto::memory_figures memory;
};

[[nodiscard]] host_facts facts_of_host();

/// PRETTY_NAME of a file as os-release(5) describes it; empty where it has none.
[[nodiscard]] std::string name_in_os_release(const std::string& file);

/// The file system of an open directory, and whether this process may write there.
[[nodiscard]] proto::directory_figures figures_of_directory(int fd);

/// Descriptors of this process that are open, and its limit.
[[nodiscard]] proto::usage_figures descriptor_usage();

} // namespace tug::service
