#include "mode_changes.hpp"

#include <charconv>
#include <system_error>

namespace tug::cli {

namespace {

constexpr std::uint32_t all_bits = 0777;

std::optional<std::uint32_t> parse_octal(std::string_view text) {
    std::uint32_t mode = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
    if (error != std::errc() || end != text.data() + text.size() || text.size() > 4 || mode > all_bits)
        return std::nullopt;
    return mode;
}

/// The bits of u, g, o or a; 0 for another letter.
std::uint32_t bits_of_class(char letter) {
    switch (letter) {
    case 'u': return 0700;
    case 'g': return 0070;
    case 'o': return 0007;
    case 'a': return all_bits;
    default: return 0;
    }
}

/// r, w or x of all three; 0 for another letter.
std::uint32_t bits_of_right(char letter) {
    switch (letter) {
    case 'r': return 0444;
    case 'w': return 0222;
    case 'x': return 0111;
    default: return 0;
    }
}

/// What a class has, as if all three had it.
std::uint32_t spread(std::uint32_t mode, char from) {
    const unsigned shift = from == 'u' ? 6 : from == 'g' ? 3 : 0;
    return (mode >> shift & 07U) * 0111U;
}

bool is_operation(char c) {
    return c == '+' || c == '-' || c == '=';
}

} // namespace

/// Takes an operation and its rights.
std::optional<mode_changes::change> mode_changes::parse_one(std::string_view& rest, std::uint32_t who) {
    const auto take = [&] {
        const char c = rest.front();
        rest.remove_prefix(1);
        return c;
    };
    if (rest.empty() || !is_operation(rest.front())) return std::nullopt;
    change out{.who = who, .operation = take()};
    if (!rest.empty() && rest.front() != 'a' && bits_of_class(rest.front()) != 0) {
        out.copied = take();
        return out;
    }
    while (!rest.empty() && (rest.front() == 'X' || bits_of_right(rest.front()) != 0)) {
        const char right = take();
        out.bits |= bits_of_right(right);
        out.execute_where = out.execute_where || right == 'X';
    }
    return out;
}

std::optional<mode_changes> mode_changes::parse(std::string_view text, std::uint32_t umask) {
    mode_changes out;
    out.fixed_ = parse_octal(text);
    if (out.fixed_) return out;
    for (auto rest = text;;) {
        std::uint32_t who = 0;
        while (!rest.empty() && bits_of_class(rest.front()) != 0) {
            who |= bits_of_class(rest.front());
            rest.remove_prefix(1);
        }
        if (who == 0) who = all_bits & ~umask;
        do {
            const auto one = parse_one(rest, who);
            if (!one) return std::nullopt;
            out.changes_.push_back(*one);
        } while (!rest.empty() && rest.front() != ',');
        if (rest.empty()) return out;
        rest.remove_prefix(1);
    }
}

std::uint32_t mode_changes::applied_to(std::uint32_t mode, bool directory) const {
    if (fixed_) return *fixed_;
    mode &= all_bits;
    for (const auto& c : changes_) {
        auto bits = c.copied != '\0' ? spread(mode, c.copied) : c.bits;
        if (c.execute_where && (directory || (mode & 0111U) != 0)) bits |= 0111;
        bits &= c.who;
        if (c.operation == '+')
            mode |= bits;
        else if (c.operation == '-')
            mode &= ~bits;
        else
            mode = (mode & ~c.who) | bits;
    }
    return mode;
}

} // namespace tug::cli
