#pragma once

#include "parameter.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tug::cli::mcp {

/// The arguments of a call of a tool, which are what its parameters allow; nothing is guessed. An argument that is null
/// is none. Each getter is for a parameter of its type.
class arguments {
public:
    /// Throws tug::error (invalid_params), which names the argument, where one is not what its parameter allows, is
    /// missing, or has no parameter. `of` must live as long as this object.
    arguments(boost::json::object given, std::span<const parameter> of);

    [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
    /// Of a parameter that is needed.
    [[nodiscard]] std::string needed_text(std::string_view name) const;
    [[nodiscard]] std::optional<std::uint64_t> number(std::string_view name) const;
    [[nodiscard]] bool flag(std::string_view name, bool usual) const;
    [[nodiscard]] std::optional<std::vector<std::string>> texts(std::string_view name) const;
    [[nodiscard]] std::map<std::string, std::string> text_map(std::string_view name) const;
    [[nodiscard]] std::string choice(std::string_view name) const;

    /// The bytes of the text, or of the base64. Throws tug::error (invalid_params) where both are given, or it is none.
    [[nodiscard]] std::optional<std::string> bytes(std::string_view name) const;

private:
    [[nodiscard]] const boost::json::value* find(std::string_view name) const;

    boost::json::object given_;
    std::span<const parameter> of_;
};

/// Throws tug::error (invalid_params).
[[noreturn]] void wrong_argument(std::string_view name, std::string_view why);

} // namespace tug::cli::mcp
