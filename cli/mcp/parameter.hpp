#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace tug::cli::mcp {

/// A parameter of a tool: its input schema is made of it, and the arguments of a call are checked against it.
struct parameter {
    enum class kind {
        text,
        flag,
        whole,    ///< A number from `least` to `most`.
        texts,    ///< An array.
        text_map, ///< An object.
        choice,   ///< One of `choices`, the first of which is the usual one.
        bytes,    ///< As a text, or as NAME_base64.
    };

    std::string_view name = {};
    kind what = kind::text;
    std::string_view description = {};
    bool is_needed = false;
    std::uint64_t least = 0;
    std::uint64_t most = INT64_MAX;
    std::span<const std::string_view> choices = {};

    /// The same, which has to be there.
    [[nodiscard]] constexpr parameter needed() const {
        auto out = *this;
        out.is_needed = true;
        return out;
    }

    [[nodiscard]] static constexpr parameter text(std::string_view name, std::string_view description = {}) {
        return {name, kind::text, description};
    }

    [[nodiscard]] static constexpr parameter flag(std::string_view name, std::string_view description = {}) {
        return {name, kind::flag, description};
    }

    [[nodiscard]] static constexpr parameter whole(std::string_view name, std::uint64_t least, std::uint64_t most,
                                                   std::string_view description = {}) {
        return {name, kind::whole, description, false, least, most};
    }

    [[nodiscard]] static constexpr parameter texts(std::string_view name, std::string_view description = {}) {
        return {name, kind::texts, description};
    }

    [[nodiscard]] static constexpr parameter text_map(std::string_view name, std::string_view description = {}) {
        return {name, kind::text_map, description};
    }

    [[nodiscard]] static constexpr parameter choice(std::string_view name, std::span<const std::string_view> of) {
        return {name, kind::choice, {}, false, 0, 0, of};
    }

    [[nodiscard]] static constexpr parameter bytes(std::string_view name, std::string_view description = {}) {
        return {name, kind::bytes, description};
    }
};

/// The JSON schema of arguments that these parameters allow.
[[nodiscard]] boost::json::object schema_of(std::span<const parameter> parameters);

} // namespace tug::cli::mcp
