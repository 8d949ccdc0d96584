#include "local_paths.hpp"

#include "cli/arguments/usage_error.hpp"
#include "cli/local/report.hpp"

#include <tug/error.hpp>

#include <algorithm>

namespace fs = std::filesystem;

namespace tug::cli::mcp {

local_paths::local_paths(const std::vector<std::string>& allowed) {
    for (const auto& name : allowed) {
        std::error_code ec;
        auto path = fs::canonical(name, ec);
        if (ec || !fs::is_directory(path, ec))
            throw usage_error("--allow-local " + quoted_name(name) + " is no directory", "name one that exists");
        allowed_.push_back(std::move(path));
    }
}

std::string local_paths::checked(const std::string& path) const {
    std::error_code ec;
    const auto real = fs::weakly_canonical(fs::absolute(path), ec);
    const auto within = [&](const fs::path& directory) {
        return std::mismatch(directory.begin(), directory.end(), real.begin(), real.end()).first == directory.end();
    };
    if (ec || fs::is_symlink(fs::symlink_status(real, ec)) || std::ranges::none_of(allowed_, within)) {
        failure f(errc::permission_denied, quoted_name(path) + " of this machine lies outside of --allow-local");
        f.field = "local";
        throw error(std::move(f));
    }
    return real.string();
}

} // namespace tug::cli::mcp
