#include "sum_lines.hpp"

#include <algorithm>
#include <cctype>

namespace tug::cli {

namespace {

constexpr std::size_t sha256_hex = 64;
constexpr std::size_t xxh3_128_hex = 32;

/// Nothing where a backslash stands before anything else than n, r and a backslash.
std::optional<std::string> unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            out += text[i];
            continue;
        }
        const char what = ++i < text.size() ? text[i] : '\0';
        if (what != 'n' && what != 'r' && what != '\\') return std::nullopt;
        out += what == 'n' ? '\n' : what == 'r' ? '\r' : '\\';
    }
    return out;
}

} // namespace

std::string sum_line(std::string_view digest, std::string_view path) {
    std::string name;
    for (const char c : path) {
        if (c == '\n')
            name += "\\n";
        else if (c == '\r')
            name += "\\r";
        else if (c == '\\')
            name += "\\\\";
        else
            name += c;
    }
    std::string line(name.size() == path.size() ? "" : "\\");
    return line.append(digest.substr(digest.find(':') + 1)).append("  ").append(name).append("\n");
}

std::optional<named_sum> read_sum_line(std::string_view line) {
    const bool escaped = line.starts_with('\\');
    if (escaped) line.remove_prefix(1);
    const auto size = std::min(line.find(' '), line.size());
    if (size != sha256_hex && size != xxh3_128_hex) return std::nullopt;
    named_sum out;
    out.digest = size == sha256_hex ? "sha256:" : "xxh3-128:";
    for (const char c : line.substr(0, size)) {
        if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return std::nullopt;
        out.digest += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    line.remove_prefix(size);
    if (line.size() < 3 || (line[1] != ' ' && line[1] != '*')) return std::nullopt;
    line.remove_prefix(2);
    if (!escaped) {
        out.path = line;
        return out;
    }
    auto path = unescaped(line);
    if (!path) return std::nullopt;
    out.path = std::move(*path);
    return out;
}

} // namespace tug::cli
