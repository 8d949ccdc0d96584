#include "find_options.hpp"

#include "cli/local/report.hpp"
#include "option_set.hpp"
#include "usage_error.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tug::cli {

namespace {

constexpr std::array<std::string_view, 8> primaries{"-name",  "-path",  "-type",     "-size",
                                                    "-mtime", "-newer", "-maxdepth", "-print0"};

/// "+5", "-5" or "5", with a unit behind it where there are some.
find_number number_of(std::string_view flag, std::string_view text,
                      const std::vector<std::pair<char, std::int64_t>>& units) {
    const auto wrong = [&] {
        return usage_error(std::string(flag) + ": " + quoted_name(text) + " is no number of it",
                           "write N for exactly so many, +N for more, -N for fewer");
    };
    find_number out;
    auto digits = text;
    if (digits.starts_with('+')) out.how = find_number::compare::more;
    if (digits.starts_with('-')) out.how = find_number::compare::less;
    if (out.how != find_number::compare::equal) digits.remove_prefix(1);
    if (!units.empty()) out.unit = units.front().second;
    if (!digits.empty()) {
        const auto at = std::ranges::find(units, digits.back(), &std::pair<char, std::int64_t>::first);
        if (at != units.end()) {
            out.unit = at->second;
            digits.remove_suffix(1);
        }
    }
    if (digits.empty() || digits.size() > 12 || digits.find_first_not_of("0123456789") != std::string_view::npos)
        throw wrong();
    out.value = std::stoll(std::string(digits));
    return out;
}

} // namespace

bool find_number::match(std::int64_t of) const noexcept {
    const auto count = of / unit + (of % unit > 0 ? 1 : 0);
    switch (how) {
    case compare::more: return count > value;
    case compare::less: return count < value;
    case compare::equal: break;
    }
    return count == value;
}

void add_find(option_set& set, find_options& o) {
    set.own_list("--name", o.names, "the last name is of this pattern (*, ?, [a-z]); repeatable, one is enough")
        ->type_name("PATTERN");
    set.own_list("--path", o.paths, "the whole path is of this pattern; * stands for slashes, too")
        ->type_name("PATTERN");
    set.own_value("--type", o.types, "f file, d directory, l symlink, p fifo, s socket, b and c devices; also f,l")
        ->type_name("LETTERS");
    set.own_value("--size", o.size_text, "so many blocks of 512 bytes, or c bytes, k, M, G: 5k, +5k more, -5k less")
        ->type_name("N");
    set.own_value("--mtime", o.days_text, "changed so many days ago, +N longer ago, -N less long ago")->type_name("N");
    set.own_value("--newer", o.newer, "changed later than that file of the host")->type_name("PATH");
    set.own_value("--maxdepth", o.max_depth, "not deeper than so many names below the path")->type_name("N");
    set.own_flag("-0,--print0", o.print0, "NUL behind each path, in the place of a newline");
}

void take_find_words(std::vector<std::string>& words) {
    for (auto& word : words) {
        if (word == "--") return;
        if (std::ranges::find(primaries, word) != primaries.end()) word.insert(0, "-");
    }
}

void take_find(find_options& o) {
    std::erase(o.types, ',');
    if (const auto at = o.types.find_first_not_of("fdlpsbc"); at != std::string::npos)
        throw usage_error("--type: " + quoted_name(o.types.substr(at, 1)) + " is no type", "use f, d, l, p, s, b or c");
    if (!o.size_text.empty())
        o.size = number_of("--size", o.size_text,
                           {{'b', 512}, {'c', 1}, {'w', 2}, {'k', 1 << 10}, {'M', 1 << 20}, {'G', 1 << 30}});
    // As in find(1) a star stands for slashes, too, where paths are compared.
    for (auto& pattern : o.paths) {
        std::string wide;
        for (const char c : pattern) wide.append(c == '*' ? "**" : std::string(1, c));
        pattern = std::move(wide);
    }
    if (!o.days_text.empty()) o.days = number_of("--mtime", o.days_text, {});
}

} // namespace tug::cli
