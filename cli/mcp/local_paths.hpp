#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tug::cli::mcp {

/// The directories of this machine that tools may read and write; none unless they were named.
class local_paths {
public:
    /// Throws usage_error for one that is no directory.
    explicit local_paths(const std::vector<std::string>& allowed);

    [[nodiscard]] bool empty() const noexcept { return allowed_.empty(); }

    /// The path without symlinks and `..`, which lies in one of the directories. Throws tug::error
    /// (permission_denied) for any other, also for a symlink that leads to nothing yet.
    [[nodiscard]] std::string checked(const std::string& path) const;

private:
    std::vector<std::filesystem::path> allowed_;
};

} // namespace tug::cli::mcp
