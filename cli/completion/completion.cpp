#include "completion.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace tug::cli {

namespace {

/// The words before the cursor as they would be read, the last one unfinished.
struct unfinished_line {
    std::vector<std::string> words{std::string()};
    char quote = '\0';
};

unfinished_line read(std::string_view text) {
    unfinished_line out;
    bool in_word = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool blank = out.quote == '\0' && (c == ' ' || c == '\t');
        if (blank && in_word) out.words.emplace_back();
        in_word = !blank;
        if (blank) continue;
        if (c == out.quote) {
            out.quote = '\0';
        } else if (out.quote == '\0' && (c == '\'' || c == '"')) {
            out.quote = c;
        } else if (c == '\\' && out.quote != '\'' && i + 1 < text.size()) {
            out.words.back() += text[++i];
        } else {
            out.words.back() += c;
        }
    }
    return out;
}

/// How many of the words are neither the command nor a flag, without the last.
std::size_t positionals(const std::vector<std::string>& words) {
    return static_cast<std::size_t>(
        std::count_if(words.begin() + 1, words.end() - 1, [](const auto& word) { return !word.starts_with('-'); }));
}

completion_place::kind kind_of_value(const std::vector<std::string>& words) {
    using enum completion_place::kind;
    if (words.size() == 1) return command;
    if (words.back().starts_with('-')) return nothing;
    const auto before = positionals(words);
    if (words.front() == "put") return before == 0 ? local : remote;
    if (words.front() == "get") return before == 0 ? remote : local;
    return remote;
}

bool fits_in_a_line(const std::string& name) {
    return std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string quoted(std::string_view text, char quote) {
    if (quote == '\'') return std::string(text);
    const std::string_view special = quote == '"' ? "\"\\$`" : " \t\"'\\#$`&|;<>()*?[]{}!~";
    std::string out;
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

std::size_t common_length(const std::string& a, const std::string& b) {
    return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

/// A piece of UTF-8 is no text.
std::size_t whole_characters(std::string_view text, std::size_t length) {
    while (length > 0 && length < text.size() && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) --length;
    return length;
}

} // namespace

completion_place place_of(std::string_view before) {
    const auto line = read(before);
    completion_place at;
    at.what = kind_of_value(line.words);
    at.quote = line.quote;
    const auto& word = line.words.back();
    const auto slash = at.what == completion_place::kind::command ? std::string::npos : word.rfind('/');
    at.directory = word.substr(0, slash + 1); // npos + 1 is 0: none of it
    at.prefix = word.substr(slash + 1);
    return at;
}

completion complete(const completion_place& at, std::vector<std::string> names) {
    std::erase_if(names, [&](const auto& name) {
        return !name.starts_with(at.prefix) || !fits_in_a_line(name) || (name.starts_with('.') && at.prefix.empty());
    });
    std::ranges::sort(names);
    if (names.empty()) return {};
    auto length = names.front().size();
    for (const auto& name : names) length = std::min(length, common_length(names.front(), name));
    length = whole_characters(names.front(), length);
    completion out;
    if (length > at.prefix.size())
        out.insert =
            quoted(std::string_view(names.front()).substr(at.prefix.size(), length - at.prefix.size()), at.quote);
    if (names.size() == 1 && !names.front().ends_with('/')) {
        if (at.quote != '\0') out.insert += at.quote;
        out.insert += ' ';
    }
    if (out.insert.empty()) out.choices = std::move(names);
    return out;
}

} // namespace tug::cli
