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

/// What is left of both without their common beginning and end tells.
bool is_one_slip(std::string_view a, std::string_view b) {
    const auto begin = std::ranges::mismatch(a, b);
    a.remove_prefix(static_cast<std::size_t>(begin.in1 - a.begin()));
    b.remove_prefix(static_cast<std::size_t>(begin.in2 - b.begin()));
    while (!a.empty() && !b.empty() && a.back() == b.back()) {
        a.remove_suffix(1);
        b.remove_suffix(1);
    }
    const bool swapped = a.size() == 2 && b.size() == 2 && a[0] == b[1] && a[1] == b[0];
    return swapped || (a.size() <= 1 && b.size() <= 1 && a.size() + b.size() > 0);
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

std::string mistyped(std::string_view word, std::span<const std::string_view> known) {
    const auto at = std::ranges::find_if(known, [&](auto one) { return is_one_slip(word, one); });
    return at == known.end() ? "" : std::string(*at);
}

} // namespace tug::cli
