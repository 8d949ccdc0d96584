#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace tug::cli::mcp {

// The messages of the Model Context Protocol, which are those of JSON-RPC 2.0. No I/O.

namespace code {
inline constexpr int parse_error = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int method_not_found = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int not_initialized = -32002;
inline constexpr int host_failed = -32000;
} // namespace code

/// A message of the client.
struct message {
    enum class kind {
        request,
        notification,
        response, ///< To a request of ours: there are none, it is dropped.
        invalid,  ///< `wrong` says why; `id` is null unless the message has a valid one.
    };

    kind what = kind::invalid;
    boost::json::value id; ///< A string or an integer; of requests alone.
    std::string method;
    boost::json::object params; ///< Empty where there are none.
    std::string_view wrong;

    [[nodiscard]] static message from(const boost::json::value& text);
};

[[nodiscard]] boost::json::object answer(const boost::json::value& id, boost::json::object result);
[[nodiscard]] boost::json::object refusal(const boost::json::value& id, int code, std::string_view why);
[[nodiscard]] boost::json::object notification(std::string_view method, boost::json::object params);

} // namespace tug::cli::mcp
