#pragma once

#include "cli/arguments/options.hpp"
#include "invocation.hpp"

#include <boost/asio/awaitable.hpp>

namespace tug::cli {

/// Asks for what `tug login` was not told, where a person sits at both standard streams. Throws usage_error.
[[nodiscard]] options ask_for_login(options o);

/// Connects as `o` says and, where that works, writes a block for the host into the configuration of the user, before
/// all others, and says what it wrote.
[[nodiscard]] boost::asio::awaitable<int> login(const options& o, invocation& s);

/// The block: what the host needs beyond what `known` says already. `o` and `address` as login() has them.
[[nodiscard]] std::string block_for(const options& o, const std::string& name, const std::string& address,
                                    const host_values& known);

/// What a file of the configuration holds; empty where it is not there. Throws tug::error where it is not to be
/// trusted.
[[nodiscard]] std::string config_text(const std::string& file);

/// Writes `block` in front of what the file holds, by way of a file beside it; both directory and file are made where
/// they are missing, for their owner alone. Symlinks are followed. Throws tug::error.
void write_config_block(const std::string& file, const std::string& block);

} // namespace tug::cli
