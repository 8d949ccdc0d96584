#include "host_names.hpp"

#include "cli/arguments/usage_error.hpp"
#include "cli/local/report.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <unordered_set>
#include <utility>

namespace tug::cli {

namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view between_hosts = ", \t\r\n";

[[noreturn]] void refuse(std::string_view word, const std::string& why) {
    throw usage_error(quoted_name(word) + " " + why, "write numbers as in web[1-3,07-12]");
}

std::uint64_t number_in(std::string_view word, std::string_view text) {
    std::uint64_t value = 0;
    const auto [at, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc() || at != text.data() + text.size()) refuse(word, "has no number where one belongs");
    return value;
}

/// A number with as many digits as that of the list has: 07 to 12 are 07, 08, …
std::string padded(std::uint64_t value, std::size_t width) {
    auto text = std::to_string(value);
    if (text.size() < width) text.insert(0, width - text.size(), '0');
    return text;
}

/// The words of a list, still with their ranges: a comma within brackets parts nothing.
std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> out;
    for (;;) {
        const auto begin = text.find_first_not_of(between_hosts);
        if (begin == std::string_view::npos) return out;
        text.remove_prefix(begin);
        if (text.starts_with('#')) {
            const auto line = text.find('\n');
            if (line == std::string_view::npos) return out;
            text.remove_prefix(line);
            continue;
        }
        std::size_t end = 0;
        for (bool inside = false; end < text.size(); ++end) {
            inside = text[end] == '[' || (inside && text[end] != ']');
            if (between_hosts.find(text[end]) != std::string_view::npos && !(inside && text[end] == ',')) break;
        }
        out.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

/// The hosts of one word.
class expansion {
public:
    explicit expansion(std::string_view word) : word_(word) { expand("", word); }

    std::vector<std::string> take() { return std::move(out_); }

private:
    void expand(const std::string& before, std::string_view rest) {
        const auto open = rest.find('[', before.empty() ? 1 : 0); // the first bracket of a word is an IPv6 address's
        const auto close = rest.find(']', open == std::string_view::npos ? open : open + 1);
        if (open == std::string_view::npos) {
            if (out_.size() == most_hosts) refuse(word_, "is more than " + std::to_string(most_hosts) + " hosts");
            out_.push_back(before + std::string(rest));
            return;
        }
        if (close == std::string_view::npos) refuse(word_, "has a bracket that is not closed");
        const auto head = before + std::string(rest.substr(0, open));
        auto list = rest.substr(open + 1, close - open - 1);
        for (bool more = true; more;) {
            const auto comma = list.find(',');
            more = comma != std::string_view::npos;
            expand_range(head, list.substr(0, comma), rest.substr(close + 1));
            if (more) list.remove_prefix(comma + 1);
        }
    }

    void expand_range(const std::string& head, std::string_view range, std::string_view tail) {
        const auto dash = range.find('-');
        const auto first = range.substr(0, dash);
        const auto last = dash == std::string_view::npos ? first : range.substr(dash + 1);
        const auto to = number_in(word_, last);
        const auto from = number_in(word_, first);
        if (to < from) refuse(word_, "has a range that ends before it begins");
        if (to - from >= most_hosts) refuse(word_, "is more than " + std::to_string(most_hosts) + " hosts");
        for (auto n = from; n <= to; ++n) expand(head + padded(n, first.size()), tail);
    }

    std::string_view word_;
    std::vector<std::string> out_;
};

/// A name around its last number, which is not that of a port.
struct numbered {
    std::string head;
    std::string tail;
    std::uint64_t value = 0;
    std::size_t width = 0; ///< Of a number with leading zeros, else 0: 9 and 10 belong together, 09 and 9 do not.
};

std::optional<numbered> parted(const std::string& name) {
    if (name.find_first_of("[],# \t\r\n") != std::string::npos) return std::nullopt; // brackets say other things there
    const auto colon = name.find_last_not_of(digits);
    const bool has_port = colon != std::string::npos && colon > 0 && name[colon] == ':';
    const auto last = name.find_last_of(digits, has_port ? colon - 1 : std::string::npos);
    if (last == std::string::npos) return std::nullopt;
    const auto before = name.find_last_not_of(digits, last);
    const auto first = before == std::string::npos ? 0 : before + 1;
    const auto number = name.substr(first, last + 1 - first);
    if (first == 0 || number.size() > 18) return std::nullopt; // nothing stands before it, or it fits no number
    numbered out{name.substr(0, first), name.substr(last + 1)};
    out.value = number_in(name, number);
    if (number.size() > 1 && number.starts_with('0')) out.width = number.size();
    return out;
}

/// `3`, `3-5` or `3,4`, with a comma before it where something stands there already.
void append_range(std::string& list, std::uint64_t from, std::uint64_t to, std::size_t width) {
    if (!list.empty()) list += ',';
    list += padded(from, width);
    if (to > from) list.append(to == from + 1 ? "," : "-").append(padded(to, width));
}

/// Names that differ in one number alone.
class family {
public:
    explicit family(numbered first) : like_(std::move(first)), values_{like_.value} {}

    [[nodiscard]] bool takes(const numbered& other) const {
        const bool padding = like_.width > 0 || other.width > 0;
        const auto width = [](const numbered& n) { return n.width > 0 ? n.width : std::to_string(n.value).size(); };
        return like_.head == other.head && like_.tail == other.tail && (!padding || width(like_) == width(other));
    }

    void add(const numbered& other) {
        values_.push_back(other.value);
        if (other.width > 0) like_.width = other.width;
    }

    [[nodiscard]] std::string text() const {
        if (values_.size() == 1) return like_.head + padded(like_.value, like_.width) + like_.tail;
        auto sorted = values_;
        std::ranges::sort(sorted);
        std::string list;
        for (std::size_t i = 0; i < sorted.size();) {
            std::size_t end = i + 1;
            while (end < sorted.size() && sorted[end] == sorted[end - 1] + 1) ++end;
            append_range(list, sorted[i], sorted[end - 1], like_.width);
            i = end;
        }
        return like_.head + "[" + list + "]" + like_.tail;
    }

private:
    numbered like_;
    std::vector<std::uint64_t> values_;
};

} // namespace

std::vector<std::string> split_hosts(std::string_view text) {
    std::vector<std::string> out;
    std::unordered_set<std::string> seen;
    for (const auto word : words_of(text))
        for (auto& host : expansion(word).take())
            if (seen.insert(host).second) out.push_back(std::move(host));
    if (out.size() > most_hosts)
        throw usage_error("these are more than " + std::to_string(most_hosts) + " hosts", "name fewer at once");
    return out;
}

std::string fold_names(const std::vector<std::string>& hosts) {
    std::vector<std::pair<std::string, std::optional<family>>> parts; // in the order of their first names
    for (const auto& host : hosts) {
        auto one = parted(host);
        const auto known = std::ranges::find_if(
            parts, [&](const auto& part) { return one && part.second && part.second->takes(*one); });
        if (known != parts.end())
            known->second->add(*one);
        else
            parts.emplace_back(host, one ? std::optional(family(std::move(*one))) : std::nullopt);
    }
    std::string out;
    for (const auto& [name, numbers] : parts)
        out.append(out.empty() ? "" : ",").append(numbers ? numbers->text() : name);
    return out;
}

std::string directory_of_host(std::string_view host) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    const bool only_dots = host.find_first_not_of('.') == std::string_view::npos;
    std::string out;
    for (const char c : host) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = c != '/' && c != '%' && byte >= 0x20 && byte != 0x7f && !only_dots;
        if (plain)
            out += c;
        else
            out.append("%").append(1, hex[byte >> 4U]).append(1, hex[byte & 15U]);
    }
    return out;
}

} // namespace tug::cli
