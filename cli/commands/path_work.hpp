#pragma once

#include "cli/arguments/options.hpp"
#include "cli/hosts/invocation.hpp"

#include <tug/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace tug::cli {

/// How the work on one path ended.
enum class path_end {
    done,
    in_part,   ///< Something of it failed, which was said.
    unwritten, ///< The result could not be written, which was said: nothing more is to be tried.
};

[[nodiscard]] constexpr path_end written(bool yes) noexcept {
    return yes ? path_end::done : path_end::unwritten;
}

/// What one of path_commands() does to each of its paths. Throws tug::error.
using path_work = boost::asio::awaitable<path_end> (*)(client&, const options&, invocation&, std::string);

[[nodiscard]] boost::asio::awaitable<path_end> print_sum(client& on, const options& o, invocation& s, std::string path);
/// print_sum() with --check: of the names in the list that are below `directory`.
[[nodiscard]] boost::asio::awaitable<path_end> check_sums(client& on, const options& o, invocation& s,
                                                          std::string directory);
[[nodiscard]] boost::asio::awaitable<path_end> print_content(client& on, const options& o, invocation& s,
                                                             std::string path);
/// chmod, also of all that is below the path.
[[nodiscard]] boost::asio::awaitable<path_end> change_mode(client& on, const options& o, invocation& s,
                                                           std::string path);
[[nodiscard]] boost::asio::awaitable<path_end> print_usage(client& on, const options& o, invocation& s,
                                                           std::string path);
[[nodiscard]] boost::asio::awaitable<path_end> find_paths(client& on, const options& o, invocation& s,
                                                          std::string path);
[[nodiscard]] boost::asio::awaitable<path_end> touch(client& on, const options& o, invocation& s, std::string path);
[[nodiscard]] boost::asio::awaitable<path_end> edit(client& on, const options& o, invocation& s, std::string path);
[[nodiscard]] boost::asio::awaitable<path_end> watch_path(client& on, const options& o, invocation& s,
                                                          std::string path);

/// ls of all its paths: what is no directory first, then each directory, below its name where there are several.
[[nodiscard]] boost::asio::awaitable<int> list_paths(client& on, const options& o, std::vector<std::string> paths);

} // namespace tug::cli
