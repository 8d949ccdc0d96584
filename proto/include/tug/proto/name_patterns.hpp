#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tug::proto {

/// Whether `name` is of the form of `pattern`: `*` is any run of bytes but slashes, `**` of any, `?` one byte but a
/// slash, `[a-z]` and `[!a-z]` one of a set, `\` takes the next byte as it is. The time is bounded by the product of
/// both lengths, whatever they hold.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view name);

/// Names to be left out of a tree. A pattern without a slash, but for one at its end, is that of a name at any depth;
/// one with a slash is that of a path from the top, and a slash at its front is ignored. With one at its end it is for
/// directories alone.
class name_patterns {
public:
    name_patterns() = default;
    explicit name_patterns(std::vector<std::string> patterns);

    [[nodiscard]] bool empty() const noexcept { return patterns_.empty(); }

    [[nodiscard]] bool match(std::string_view path, bool directory) const;

private:
    struct pattern {
        std::string text;
        bool whole_path = false;
        bool directories = false;
    };

    std::vector<pattern> patterns_;
};

} // namespace tug::proto
