#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tug::cli::mcp {

/// The arguments of a call of a tool. Each getter throws tug::error (invalid_params), which names the argument, where
/// it has the wrong type or is out of range; nothing is guessed.
class arguments {
public:
    explicit arguments(boost::json::object given) : given_(std::move(given)) {}

    [[nodiscard]] bool has(std::string_view name) const { return given_.contains(name); }

    [[nodiscard]] std::optional<std::string> text(std::string_view name);
    [[nodiscard]] std::string needed_text(std::string_view name);
    [[nodiscard]] std::optional<std::uint64_t> number(std::string_view name, std::uint64_t least, std::uint64_t most);
    [[nodiscard]] bool flag(std::string_view name, bool usual);
    [[nodiscard]] std::optional<std::vector<std::string>> texts(std::string_view name);
    [[nodiscard]] std::map<std::string, std::string> text_map(std::string_view name);
    /// One of these, the first of which is the usual one.
    [[nodiscard]] std::string choice(std::string_view name, const std::vector<std::string_view>& of);

    /// The bytes of `text`, or of `base64` behind its name: "content" is read from content and content_base64.
    [[nodiscard]] std::optional<std::string> bytes(std::string_view name);

    /// Throws where there is an argument that no getter asked for.
    void refuse_others() const;

private:
    const boost::json::value* find(std::string_view name);

    boost::json::object given_;
    std::set<std::string, std::less<>> asked_;
};

/// Throws tug::error (invalid_params).
[[noreturn]] void wrong_argument(std::string_view name, std::string_view why);

} // namespace tug::cli::mcp
