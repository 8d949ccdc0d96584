#include "nearest.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace tug::cli {

namespace {

/// How many letters have to be inserted, removed or replaced (Levenshtein), row by row.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const auto replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

} // namespace

std::string nearest(std::string_view word, std::span<const std::string_view> known) {
    std::string_view best;
    auto fewest = word.size() / 3 + 2; // more than that is another word
    for (const auto one : known) {
        const auto d = distance(word, one);
        if (d >= fewest) continue;
        fewest = d;
        best = one;
    }
    return std::string(best);
}

} // namespace tug::cli
