#pragma once

#include <tug/client.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace tug::cli {

// From host to host by way of this process, in constant memory: the stream of a get is that of a put.

/// What was carried over; both hosts have said that they saw the same bytes.
struct relayed {
    std::uint64_t bytes = 0;
    std::string digest;
};

/// With a level of zstd what goes over is compressed by the one host and unpacked by the other.
[[nodiscard]] boost::asio::awaitable<relayed> relay_file(client& from, std::string path, client& to, std::string target,
                                                         const file_info& info, std::optional<unsigned> level);

/// Likewise; the params of tree.get and tree.put.
[[nodiscard]] boost::asio::awaitable<relayed> relay_tree(client& from, boost::json::object get, client& to,
                                                         boost::json::object put, std::optional<unsigned> level);

} // namespace tug::cli
