#include "bounded_output.hpp"

#include <tug/bytes.hpp>

#include <algorithm>
#include <span>

namespace json = boost::json;

namespace tug::cli::mcp {

namespace {

/// The number of bytes of the character that begins with this one; 0 for one that begins none.
std::size_t character_size(char first) {
    const auto byte = static_cast<unsigned char>(first);
    if (byte < 0x80) return 1;
    if (byte >= 0xc2 && byte < 0xe0) return 2;
    if (byte >= 0xe0 && byte < 0xf0) return 3;
    return byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
}

/// How many bytes at the beginning go on with a character that began before them.
std::size_t continued_character(std::string_view text) {
    std::size_t n = 0;
    while (n < std::min<std::size_t>(3, text.size()) && (static_cast<unsigned char>(text[n]) & 0xc0U) == 0x80U) ++n;
    return n;
}

} // namespace

std::size_t begun_character(std::string_view text) {
    for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
        const auto size = character_size(text[text.size() - back]);
        if (size == 0) continue;
        return size > back ? back : 0;
    }
    return 0;
}

void bounded_output::add(std::uint64_t position, std::string_view bytes) {
    if (position > next_) {
        dropped_ += position - next_;
        next_ = position;
    }
    next_ += bytes.size();
    const auto half = static_cast<std::size_t>(most_ / 2);
    if (tail_.empty() && head_.size() < half) {
        const auto first = std::min(bytes.size(), half - head_.size());
        head_.append(bytes.substr(0, first));
        bytes.remove_prefix(first);
    }
    const auto last = static_cast<std::size_t>(most_) - half;
    tail_.append(bytes.substr(bytes.size() - std::min(bytes.size(), last)));
    if (tail_.size() > last) tail_.erase(0, tail_.size() - last);
}

json::object bounded_output::to_json() const {
    json::object out{{"bytes", next_ - from_}};
    if (from_ != 0) out["from"] = from_;
    if (dropped_ != 0) out["dropped"] = dropped_;
    if (!is_cut()) {
        put_bytes(out, "text", head_ + tail_);
        return out;
    }
    std::string_view head = head_;
    std::string_view tail = tail_;
    head.remove_suffix(begun_character(head));
    tail.remove_prefix(continued_character(tail));
    put_bytes(out, "head", head);
    put_bytes(out, "tail", tail);
    out["omitted"] = json::object{{"from", from_ + head.size()}, {"to", next_ - tail.size()}};
    return out;
}

void put_bytes(json::object& into, std::string_view name, std::string_view bytes, bool as_base64) {
    if (as_base64) {
        into[std::string(name) + "_base64"] = base64_encode(std::as_bytes(std::span(bytes)));
        return;
    }
    if (is_utf8(bytes)) {
        into[name] = bytes;
        return;
    }
    std::string text;
    std::uint64_t invalid = 0;
    while (!bytes.empty()) {
        const auto size = std::min(std::max<std::size_t>(1, character_size(bytes.front())), bytes.size());
        const bool valid = is_utf8(bytes.substr(0, size));
        text.append(valid ? bytes.substr(0, size) : std::string_view("\xef\xbf\xbd"));
        invalid += valid ? 0 : 1;
        bytes.remove_prefix(valid ? size : 1);
    }
    into[name] = text;
    into[std::string(name) + "_invalid_bytes"] = invalid;
}

} // namespace tug::cli::mcp
