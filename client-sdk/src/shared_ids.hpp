#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>

namespace tug::detail {

// Calls of many clients on one connection. The id of a call there says whose it is: the number of the client in the
// high bits, the id that the client gave it in the low ones.

/// What to_server() has made of a message.
struct outgoing {
    bool passed = false;                 ///< It can be passed on: it is no answer, and its ids are integers below 2^32.
    std::optional<std::uint64_t> begins; ///< The request that it is, as the server will answer it.
};

/// Makes what a client sends what goes to the server.
[[nodiscard]] outgoing to_server(boost::json::object& envelope, std::uint32_t client);

/// Whom a message of the server is for.
struct incoming {
    std::optional<std::uint32_t> client; ///< Nothing: it is for all.
    std::optional<std::uint64_t> ends;   ///< The call that it answers.
};

/// Makes what the server sends what goes to its client.
[[nodiscard]] incoming to_client(boost::json::object& envelope);

} // namespace tug::detail
