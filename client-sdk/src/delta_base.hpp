#pragma once

#include "session.hpp"

#include <tug/proto/digest.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tug::detail {

/// What a file on the host holds, block by block.
struct delta_base {
    std::uint64_t size = 0;
    proto::digest digest; ///< Of all of it.
    std::size_t block = 0;
    std::string digests; ///< See proto::block_delta.
};

/// Asks for the digests of a file and of its blocks, of which it has no more than proto::block_delta::most_blocks.
/// Nothing where there is no such file, the key may not look at it, or the server cannot say.
[[nodiscard]] boost::asio::awaitable<proto::result<std::optional<delta_base>>>
ask_base(std::shared_ptr<session> s, std::string path, std::size_t block);

} // namespace tug::detail
