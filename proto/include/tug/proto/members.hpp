#pragma once

#include "tug/proto/member_reader.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tug::proto {

// Params and results are described once, as a tuple of members. They are read, written and shown by rpc.discover from
// that: what the document says of a member is what is checked.
//
//     constexpr auto members = std::tuple(member("path", &get_params::path, path_kind, presence::required),
//                                         member("offset", &get_params::offset, count_kind()), …);
//
// A kind says how a value stands in JSON: `std::optional<V> read(member_reader&, name)`, `json::value write(const V&,
// storage_ptr)`, in that memory, and `json::object schema()`; see member_kinds.hpp.

enum class presence {
    optional, ///< May be absent; written where it is not what a fresh object has.
    written,  ///< May be absent where an older peer writes; always written.
    required,
};

/// One member of T. A Field that is a std::optional is absent where it is empty; any other has its default then.
template <class T, class Field, class Kind>
struct member {
    std::string_view name;
    Field T::* at;
    Kind kind;
    presence when;

    constexpr member(std::string_view n, Field T::* a, Kind k, presence w = presence::optional)
        : name(n), at(a), kind(k), when(w) {}
};

namespace detail {

template <class Field>
struct value_of {
    using type = Field;
    static constexpr bool optional = false;
};

template <class V>
struct value_of<std::optional<V>> {
    using type = V;
    static constexpr bool optional = true;
};

template <class T, class Field, class Kind>
void read_member(member_reader& in, T& to, const member<T, Field, Kind>& m) {
    if (auto found = m.kind.read(in, m.name))
        to.*m.at = static_cast<typename value_of<Field>::type>(std::move(*found));
    else if (m.when == presence::required)
        in.fail(m.name, "is missing");
}

template <class T, class Field, class Kind>
void write_member(boost::json::object& out, const T& from, const member<T, Field, Kind>& m) {
    const auto& value = from.*m.at;
    if constexpr (value_of<Field>::optional) {
        if (value) out[m.name] = m.kind.write(*value, out.storage());
    } else {
        static const T fresh{};
        if (m.when != presence::optional || !(value == fresh.*m.at)) out[m.name] = m.kind.write(value, out.storage());
    }
}

/// Appends one of the params of OpenRPC.
void describe_param(boost::json::array& out, std::string_view name, presence when, boost::json::object schema);

/// Adds one of the properties of an object's JSON schema, and its name to `required` where it is.
void describe_property(boost::json::object& properties, boost::json::array& required, std::string_view name,
                       presence when, boost::json::object schema);

/// Makes the schema of what describe_property() has gathered.
[[nodiscard]] boost::json::object object_schema(boost::json::object properties, boost::json::array required);

} // namespace detail

/// For an object that is made, sent and dropped: it comes in a block or two, which are freed with the last value in
/// them. Else each name and each text of an object is an allocation.
[[nodiscard]] boost::json::storage_ptr memory_of_message();

/// Reads what the members say into `to`. What is wrong is in `in` afterwards.
template <class T, class... M>
void read_members(member_reader& in, T& to, const std::tuple<M...>& members) {
    std::apply([&](const auto&... m) { (detail::read_member(in, to, m), ...); }, members);
}

template <class T, class... M>
[[nodiscard]] boost::json::object write_members(const T& from, const std::tuple<M...>& members,
                                                boost::json::storage_ptr memory = memory_of_message()) {
    // Without room an object of ten members is moved seven times as it grows. With more of it than this Boost.JSON
    // makes an index of the names, which few objects are large enough for.
    constexpr std::size_t most_without_index = 18;
    boost::json::object out(std::move(memory));
    out.reserve(std::min(sizeof...(M), most_without_index));
    std::apply([&](const auto&... m) { (detail::write_member(out, from, m), ...); }, members);
    return out;
}

/// Params of these members and no others.
template <class T, class... M>
[[nodiscard]] result<T> parse_strictly(const boost::json::object& from, const std::tuple<M...>& members) {
    member_reader in(from);
    T out;
    read_members(in, out, members);
    if (auto wrong = in.finish()) return std::move(*wrong);
    return out;
}

/// A result, in which later versions of the peer may say more.
template <class T, class... M>
[[nodiscard]] result<T> parse_leniently(const boost::json::object& from, const std::tuple<M...>& members) {
    member_reader in(from);
    T out;
    read_members(in, out, members);
    if (auto wrong = in.finish_lenient()) return std::move(*wrong);
    return out;
}

/// The params of OpenRPC.
template <class... M>
[[nodiscard]] boost::json::array describe_params(const std::tuple<M...>& members) {
    boost::json::array out;
    std::apply([&](const auto&... m) { (detail::describe_param(out, m.name, m.when, m.kind.schema()), ...); }, members);
    return out;
}

/// The JSON schema of an object of these members.
template <class... M>
[[nodiscard]] boost::json::object describe_object(const std::tuple<M...>& members) {
    boost::json::object properties;
    boost::json::array required;
    std::apply(
        [&](const auto&... m) {
            (detail::describe_property(properties, required, m.name, m.when, m.kind.schema()), ...);
        },
        members);
    return detail::object_schema(std::move(properties), std::move(required));
}

} // namespace tug::proto
