#pragma once

#include "cli/arguments/options.hpp"
#include "invocation.hpp"

#include <tug/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace tug::cli {

/// Whether a host is `pool:LIST`: one of many, whichever can do it.
[[nodiscard]] bool is_pool(std::string_view host) noexcept;

/// Connects to one of the hosts of `pool:LIST`. LIST is the name of a group of the configuration, a list of hosts as
/// --on takes it, or one name, which stands for every address that it resolves to. It is the host that
/// invocation::chosen names, where there is one, else the less busy one of two that answer and are not ending, which
/// then is the chosen one; for a command about a job that on which the pool keeps the job. Throws as connect().
[[nodiscard]] boost::asio::awaitable<client> connect_to_pool(const options& o, invocation& s, std::string pool);

/// Runs a command on one of the hosts. What only looks is done on another one where its host is lost, or ends. Throws
/// usage_error for a command that needs one host by its name.
[[nodiscard]] boost::asio::awaitable<int> run_on_pool(options o, invocation& s, std::string pool);

} // namespace tug::cli
