#pragma once

#include "tug/proto/bytes.hpp"
#include "tug/proto/envelope.hpp"
#include "tug/proto/limits.hpp"
#include "tug/proto/members.hpp"

#include <boost/json/value.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tug::proto {

// How the values of members stand in JSON; see members.hpp.

struct text_kind {
    [[nodiscard]] std::optional<std::string> read(member_reader& in, std::string_view name) const {
        return in.text(name);
    }

    [[nodiscard]] boost::json::value write(const std::string& v, boost::json::storage_ptr memory) const {
        return boost::json::value(v, std::move(memory));
    }

    [[nodiscard]] boost::json::object schema() const { return {{"type", "string"}}; }
};

/// A text that is looked at where it was read: as long as the object lives that it came from.
struct text_view_kind {
    [[nodiscard]] std::optional<std::string_view> read(member_reader& in, std::string_view name) const {
        return in.view(name);
    }

    [[nodiscard]] boost::json::value write(std::string_view v, boost::json::storage_ptr memory) const {
        return boost::json::value(v, std::move(memory));
    }

    [[nodiscard]] boost::json::object schema() const { return {{"type", "string"}}; }
};

/// Bytes of the system, `lowest` to `highest` of them.
struct bytes_kind {
    std::size_t lowest = 0;
    std::size_t highest = std::numeric_limits<std::size_t>::max();

    [[nodiscard]] std::optional<std::string> read(member_reader& in, std::string_view name) const;

    [[nodiscard]] boost::json::value write(const std::string& v, boost::json::storage_ptr memory) const {
        return bytes_to_json(v, std::move(memory));
    }

    [[nodiscard]] boost::json::object schema() const;
};

inline constexpr bytes_kind path_kind{1, max_path};

/// 1 to `most` of them.
struct byte_list_kind {
    std::size_t most;

    [[nodiscard]] std::optional<std::vector<std::string>> read(member_reader& in, std::string_view name) const {
        return in.byte_strings(name, std::numeric_limits<std::size_t>::max()); // a server has a limit of its own
    }

    [[nodiscard]] boost::json::value write(const std::vector<std::string>& v, boost::json::storage_ptr memory) const;
    [[nodiscard]] boost::json::object schema() const;
};

struct flag_kind {
    [[nodiscard]] std::optional<bool> read(member_reader& in, std::string_view name) const { return in.flag(name); }

    [[nodiscard]] boost::json::value write(bool v, boost::json::storage_ptr memory) const {
        return boost::json::value(v, std::move(memory));
    }

    [[nodiscard]] boost::json::object schema() const { return {{"type", "boolean"}}; }
};

struct count_kind {
    std::uint64_t lowest = 0;
    std::uint64_t highest = max_integer;

    [[nodiscard]] std::optional<std::uint64_t> read(member_reader& in, std::string_view name) const {
        return in.count(name, lowest, highest);
    }

    [[nodiscard]] boost::json::value write(std::uint64_t v, boost::json::storage_ptr memory) const {
        return boost::json::value(v, std::move(memory));
    }

    [[nodiscard]] boost::json::object schema() const {
        return {{"type", "integer"}, {"minimum", lowest}, {"maximum", highest}};
    }
};

inline constexpr count_kind terminal_cells{1, 65'535}; ///< Rows or columns.

/// 64 bits with a sign.
struct signed_kind {
    [[nodiscard]] std::optional<std::int64_t> read(member_reader& in, std::string_view name) const {
        return in.signed_integer(name);
    }

    [[nodiscard]] boost::json::value write(std::int64_t v, boost::json::storage_ptr memory) const {
        return boost::json::value(v, std::move(memory));
    }

    [[nodiscard]] boost::json::object schema() const {
        return {{"type", "integer"},
                {"minimum", std::numeric_limits<std::int64_t>::min()},
                {"maximum", std::numeric_limits<std::int64_t>::max()}};
    }
};

/// The id of a call of the same connection.
struct call_id_kind {
    [[nodiscard]] std::optional<call_id> read(member_reader& in, std::string_view name) const;

    [[nodiscard]] boost::json::value write(const call_id& v, boost::json::storage_ptr memory) const {
        return v.to_json(std::move(memory));
    }

    [[nodiscard]] boost::json::object schema() const;
};

/// One of some names, each of which stands for a value.
template <class Value, std::size_t N>
struct choice_kind {
    std::array<std::pair<Value, std::string_view>, N> names;
    bool others = false; ///< A name that is unknown is no error: a later version of the peer may have more.

    [[nodiscard]] std::optional<Value> read(member_reader& in, std::string_view name) const {
        const auto text = in.view(name);
        if (!text) return std::nullopt;
        for (const auto& [value, known] : names)
            if (known == *text) return value;
        if (!others) in.fail(name, "is none of " + list());
        return std::nullopt;
    }

    [[nodiscard]] boost::json::value write(Value v, boost::json::storage_ptr memory) const {
        for (const auto& [value, known] : names)
            if (value == v) return boost::json::value(known, std::move(memory));
        return nullptr;
    }

    [[nodiscard]] boost::json::object schema() const {
        boost::json::array all;
        for (const auto& [value, known] : names) all.emplace_back(known);
        boost::json::object out{{"type", "string"}};
        out[others ? "examples" : "enum"] = std::move(all);
        return out;
    }

private:
    [[nodiscard]] std::string list() const {
        std::string out;
        for (const auto& [value, known] : names) out.append(out.empty() ? "" : ", ").append(known);
        return out;
    }
};

/// Specialised beside the members of the message that has a T: `value` is the tuple of the members of T.
template <class T>
struct members_of;

/// An object that has members itself. Where it is `strict`, as in params, it has no others.
template <class T, bool strict = false>
struct object_kind {
    [[nodiscard]] std::optional<T> read(member_reader& in, std::string_view name) const {
        const auto* o = in.object(name);
        if (!o) return std::nullopt;
        member_reader inner(*o);
        T out;
        read_members(inner, out, members_of<T>::value);
        const auto wrong = strict ? inner.finish() : inner.finish_lenient();
        if (wrong) in.fail(name, (strict ? "is wrong: " : "is not whole: ") + wrong->message);
        return out;
    }

    [[nodiscard]] boost::json::value write(const T& v, boost::json::storage_ptr memory) const {
        return write_members(v, members_of<T>::value, std::move(memory));
    }

    [[nodiscard]] boost::json::object schema() const { return describe_object(members_of<T>::value); }
};

template <class T>
using strict_object_kind = object_kind<T, true>;

/// `timeout_ms`, which all methods take.
template <class T>
[[nodiscard]] constexpr auto timeout_member() {
    return member("timeout_ms", &T::timeout_ms, count_kind{1, max_timeout_ms});
}

} // namespace tug::proto
