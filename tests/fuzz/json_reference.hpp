#pragma once

#include <set>
#include <string>
#include <string_view>

namespace tug::test {

/// A reader of JSON text written from RFC 8259 and PROTOCOL.md alone, to hold the real one against. It builds nothing:
/// it says whether a text is JSON in UTF-8, of 16 levels at most, and whether an object has a member twice. It is
/// unsure about exponents of more than nine digits, which may be too large.
class json_reference {
public:
    enum class verdict { no_json, member_twice, good, unsure };

    [[nodiscard]] static verdict of(std::string_view text) {
        json_reference r(text);
        r.space();
        if (!r.value(0)) return verdict::no_json;
        r.space();
        if (!r.left_.empty()) return verdict::no_json;
        if (r.large_exponent_) return verdict::unsure;
        return r.twice_ ? verdict::member_twice : verdict::good;
    }

private:
    static constexpr int deepest = 16;

    explicit json_reference(std::string_view text) : left_(text) {}

    [[nodiscard]] bool next_is(char c) const { return !left_.empty() && left_.front() == c; }

    bool take(char c) {
        if (!next_is(c)) return false;
        left_.remove_prefix(1);
        return true;
    }

    bool word(std::string_view w) {
        if (!left_.starts_with(w)) return false;
        left_.remove_prefix(w.size());
        return true;
    }

    void space() { left_.remove_prefix(std::min(left_.find_first_not_of(" \t\r\n"), left_.size())); }

    bool value(int depth) {
        if (next_is('{')) return depth < deepest && object(depth + 1);
        if (next_is('[')) return depth < deepest && array(depth + 1);
        std::string ignored;
        if (next_is('"')) return string(ignored);
        return word("true") || word("false") || word("null") || number();
    }

    bool object(int depth) {
        take('{');
        space();
        if (take('}')) return true;
        std::set<std::string> names;
        do {
            space();
            std::string name;
            if (!string(name)) return false;
            if (!names.insert(name).second) twice_ = true;
            space();
            if (!take(':')) return false;
            space();
            if (!value(depth)) return false;
            space();
        } while (take(','));
        return take('}');
    }

    bool array(int depth) {
        take('[');
        space();
        if (take(']')) return true;
        do {
            space();
            if (!value(depth)) return false;
            space();
        } while (take(','));
        return take(']');
    }

    bool digits() {
        const auto n = std::min(left_.find_first_not_of("0123456789"), left_.size());
        left_.remove_prefix(n);
        return n > 0;
    }

    bool number() {
        take('-');
        if (!take('0') && !digits()) return false;
        if (take('.') && !digits()) return false;
        if (take('e') || take('E')) {
            if (!take('+')) take('-');
            const auto begin = left_;
            if (!digits()) return false;
            // Near 31 bits it depends on the other digits what is one too many.
            const auto exponent = begin.substr(0, begin.size() - left_.size());
            const auto first = std::min(exponent.find_first_not_of('0'), exponent.size());
            large_exponent_ |= exponent.size() - first > 9;
        }
        return true;
    }

    static void append_utf8(std::string& out, unsigned point) {
        const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
        if (point < 0x80) return put(point);
        if (point < 0x800) return put(0xc0 | point >> 6), put(0x80 | (point & 0x3f));
        if (point < 0x10000)
            return put(0xe0 | point >> 12), put(0x80 | (point >> 6 & 0x3f)), put(0x80 | (point & 0x3f));
        put(0xf0 | point >> 18), put(0x80 | (point >> 12 & 0x3f)), put(0x80 | (point >> 6 & 0x3f));
        put(0x80 | (point & 0x3f));
    }

    bool hex4(unsigned& out) {
        out = 0;
        for (int i = 0; i < 4; ++i) {
            const auto digit =
                left_.empty() ? std::string_view::npos : std::string_view("0123456789abcdefABCDEF").find(left_.front());
            if (digit == std::string_view::npos) return false;
            out = out << 4 | static_cast<unsigned>(digit < 16 ? digit : digit - 6);
            left_.remove_prefix(1);
        }
        return true;
    }

    bool escape(std::string& out) {
        if (left_.empty()) return false;
        const char c = left_.front();
        left_.remove_prefix(1);
        if (c == 'u') return unicode_escape(out);
        const auto at = std::string_view("\"\\/bfnrt").find(c);
        if (at == std::string_view::npos) return false;
        out += "\"\\/\b\f\n\r\t"[at];
        return true;
    }

    bool unicode_escape(std::string& out) {
        unsigned point = 0;
        if (!hex4(point)) return false;
        if (point >= 0xdc00 && point < 0xe000) return false;
        if (point >= 0xd800 && point < 0xdc00) {
            unsigned low = 0;
            if (!word("\\u") || !hex4(low) || low < 0xdc00 || low >= 0xe000) return false;
            point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        }
        append_utf8(out, point);
        return true;
    }

    /// One character of UTF-8: the shortest form, no surrogate, nothing past U+10FFFF.
    bool character(std::string& out) {
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(left_[i]); };
        const unsigned first = byte(0);
        if (first < 0x20) return false;
        const std::size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || left_.size() < size) return false;
        unsigned point = size == 1 ? first : first & (0x7fU >> size);
        for (std::size_t i = 1; i < size; ++i) {
            if ((byte(i) & 0xc0) != 0x80) return false;
            point = point << 6 | (byte(i) & 0x3f);
        }
        constexpr unsigned lowest[] = {0, 0, 0x80, 0x800, 0x10000};
        if (point < lowest[size] || (point >= 0xd800 && point < 0xe000) || point > 0x10ffff) return false;
        out += left_.substr(0, size);
        left_.remove_prefix(size);
        return true;
    }

    bool string(std::string& out) {
        if (!take('"')) return false;
        while (!left_.empty()) {
            if (take('"')) return true;
            if (take('\\') ? !escape(out) : !character(out)) return false;
        }
        return false;
    }

    std::string_view left_;
    bool twice_ = false;
    bool large_exponent_ = false;
};

} // namespace tug::test
