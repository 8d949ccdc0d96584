#pragma once

#include "tug/proto/error.hpp"
#include "tug/proto/exec_messages.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace tug::proto {

/// The params of `exec.check`: those of `exec`, of which nothing runs.
struct exec_check_params {
    static constexpr std::string_view method = "exec.check";

    exec_params command;
    std::optional<std::uint64_t> timeout_ms; ///< None: the call is short.

    [[nodiscard]] boost::json::object to_json() const { return command.to_json(); }

    [[nodiscard]] static result<exec_check_params> parse(const boost::json::object& params,
                                                         const exec_limits& most = exec_limits()) {
        auto command = exec_params::parse(params, most);
        if (!command) return command.error();
        exec_check_params out;
        out.command = std::move(*command);
        return out;
    }

    [[nodiscard]] static boost::json::array describe() { return exec_params::describe(); }
};

} // namespace tug::proto
