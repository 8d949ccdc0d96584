#pragma once

#include "tug/proto/error.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace tug::proto {

/// The params of `rpc.ping`.
struct ping_params {
    static constexpr std::string_view method = "rpc.ping";

    std::optional<std::string_view> payload; ///< Lives as long as the object it was read from.
    std::optional<std::uint64_t> timeout_ms;

    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] static result<ping_params> parse(const boost::json::object& params);
    [[nodiscard]] static boost::json::array describe();
};

/// The params of `rpc.discover`.
struct discover_params {
    static constexpr std::string_view method = "rpc.discover";

    std::optional<std::uint64_t> timeout_ms;

    [[nodiscard]] static result<discover_params> parse(const boost::json::object& params);
    [[nodiscard]] static boost::json::array describe();
};

} // namespace tug::proto
