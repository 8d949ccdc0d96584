#pragma once

#include "tug/proto/json_reader.hpp"

#include <boost/json/serialize.hpp>

#include <string_view>

namespace tug::test {

/// Parses `text` as it comes from the wire: numbers that were written as integers are signed ones then.
template <class T>
proto::result<T> from_wire(std::string_view text) {
    proto::json_reader reader;
    const auto v = reader.parse(text);
    return v ? T::parse((*v)->get_object()) : proto::result<T>(v.error());
}

/// What the other side makes of `sent`; throws where it refuses it.
template <class T>
T over_the_wire(const T& sent) {
    return from_wire<T>(boost::json::serialize(sent.to_json())).value();
}

} // namespace tug::test
