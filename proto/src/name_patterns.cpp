#include "tug/proto/name_patterns.hpp"

#include <cstddef>
#include <optional>
#include <utility>

namespace tug::proto {

namespace {

/// One step of a pattern: what one byte of the name may be, or a run of any length.
struct element {
    enum class kind { byte, any, set, run, deep_run };
    kind what = kind::byte;
    char byte = 0;
    std::string_view set; ///< Between the brackets.
};

bool in_set(std::string_view set, char c) {
    const bool negated = set.starts_with('!') || set.starts_with('^');
    if (negated) set.remove_prefix(1);
    bool found = false;
    for (std::size_t i = 0; i < set.size(); ++i) {
        const auto low = static_cast<unsigned char>(set[i]);
        auto high = low;
        if (i + 2 < set.size() && set[i + 1] == '-') high = static_cast<unsigned char>(set[i += 2]);
        const auto it = static_cast<unsigned char>(c);
        found = found || (low <= it && it <= high);
    }
    return c != '/' && found != negated;
}

std::vector<element> parse(std::string_view pattern) {
    using kind = element::kind;
    std::vector<element> out;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        if (c == '*') {
            const bool deep = i + 1 < pattern.size() && pattern[i + 1] == '*';
            if (deep) ++i;
            out.push_back({deep ? kind::deep_run : kind::run, 0, {}});
        } else if (c == '?') {
            out.push_back({kind::any, 0, {}});
        } else if (const auto end = c == '[' ? pattern.find(']', i + 2) : std::string_view::npos;
                   end != std::string_view::npos) {
            out.push_back({kind::set, 0, pattern.substr(i + 1, end - i - 1)});
            i = end;
        } else {
            if (c == '\\' && i + 1 < pattern.size()) ++i;
            out.push_back({kind::byte, pattern[i], {}});
        }
    }
    return out;
}

bool takes(const element& e, char c) {
    switch (e.what) {
    case element::kind::byte: return e.byte == c;
    case element::kind::any:
    case element::kind::run: return c != '/';
    case element::kind::set: return in_set(e.set, c);
    case element::kind::deep_run: return true;
    }
    return false;
}

} // namespace

/// All states of the pattern at once, so that no name makes it go back.
bool matches(std::string_view pattern, std::string_view name) {
    const auto elements = parse(pattern);
    const auto is_run = [&](std::size_t i) {
        return elements[i].what == element::kind::run || elements[i].what == element::kind::deep_run;
    };
    const auto close = [&](std::vector<char>& states) { // a run may be empty
        for (std::size_t i = 0; i < elements.size(); ++i)
            if (states[i] != 0 && is_run(i)) states[i + 1] = 1;
    };
    std::vector<char> now(elements.size() + 1);
    now[0] = 1;
    close(now);
    std::vector<char> next(now.size());
    for (const char c : name) {
        next.assign(next.size(), 0);
        for (std::size_t i = 0; i < elements.size(); ++i)
            if (now[i] != 0 && takes(elements[i], c)) next[is_run(i) ? i : i + 1] = 1;
        close(next);
        now.swap(next);
    }
    return now.back() != 0;
}

name_patterns::name_patterns(std::vector<std::string> patterns) {
    for (auto& text : patterns) {
        pattern p;
        p.directories = text.size() > 1 && text.ends_with('/');
        if (p.directories) text.pop_back();
        p.whole_path = text.find('/') != std::string::npos;
        if (text.starts_with('/')) text.erase(0, 1);
        p.text = std::move(text);
        patterns_.push_back(std::move(p));
    }
}

bool name_patterns::match(std::string_view path, bool directory) const {
    const auto name = path.substr(path.rfind('/') + 1);
    for (const auto& p : patterns_)
        if ((directory || !p.directories) && matches(p.text, p.whole_path ? path : name)) return true;
    return false;
}

} // namespace tug::proto
