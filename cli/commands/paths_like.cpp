#include "paths_like.hpp"

#include "cli/arguments/target.hpp"
#include "each_path.hpp"

#include <tug/error.hpp>
#include <tug/files.hpp>
#include <tug/trees.hpp>

#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

asio::awaitable<bool> is_there(client& on, const std::string& path) {
    try {
        static_cast<void>(co_await on.files().stat(path, symlinks::keep));
    } catch (const error& e) {
        if (e.failure().code != errc::not_found) throw;
        co_return false;
    }
    co_return true;
}

asio::awaitable<std::vector<std::string>> names_like(client& on, const std::string& path, const std::string& pattern) {
    std::vector<std::string> out;
    const bool literal = co_await is_there(on, path);
    if (literal) co_return out;
    const auto directory = path.substr(0, path.size() - pattern.size());
    std::string listed = directory.empty() ? "." : directory;
    auto names = co_await on.files().list(std::move(listed));
    for (;;) {
        const auto entry = co_await names.next();
        if (!entry) break;
        const bool hidden = entry->path.starts_with('.') && !pattern.starts_with('.');
        if (!hidden && matches(pattern, entry->path)) out.push_back(directory + entry->path);
    }
    co_return out;
}

} // namespace

asio::awaitable<std::vector<std::string>> paths_like(client& on, std::string path) {
    std::vector<std::string> out;
    const auto pattern = std::string(base_name(path));
    const bool plain = pattern.find_first_of("*?[") == std::string::npos;
    try {
        if (!plain) out = co_await names_like(on, path, pattern);
    } catch (const error& e) {
        if (ends_all(on, e.failure().code)) throw;
    }
    if (out.empty()) out.push_back(std::move(path));
    co_return out;
}

} // namespace tug::cli
