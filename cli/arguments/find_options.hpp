#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

class option_set;

/// A number of find: exactly so many, more of them, or fewer.
struct find_number {
    enum class compare { equal, more, less };

    compare how = compare::equal;
    std::int64_t value = 0;
    std::int64_t unit = 1; ///< What is counted is rounded up to these.

    [[nodiscard]] bool match(std::int64_t of) const noexcept;
};

/// What `find` is told: each test that is there has to be passed.
struct find_options {
    std::vector<std::string> names; ///< Patterns of the last name, one of which has to match.
    std::vector<std::string> paths; ///< Of the whole path.
    std::string types;              ///< Letters of find: f, d, l, p, s, b, c.
    std::optional<find_number> size;
    std::optional<find_number> days; ///< Since the last change.
    std::string newer;               ///< A path of the host: what changed later than it.
    std::optional<std::uint64_t> max_depth;
    bool print0 = false;

    std::string size_text; ///< As typed, for take_find().
    std::string days_text;
};

void add_find(option_set& set, find_options& o);

/// `-name` and the like as flags of tug, with two dashes, so that find is written as people know it.
void take_find_words(std::vector<std::string>& words);

/// Takes the texts apart, once they are read. Throws usage_error.
void take_find(find_options& o);

} // namespace tug::cli
