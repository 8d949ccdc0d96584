#pragma once

#include "tug/proto/described.hpp"
#include "tug/proto/member_kinds.hpp"

namespace tug::proto {

template <class T>
boost::json::object described_params<T>::to_json() const {
    return write_members(static_cast<const T&>(*this), members_of<T>::value);
}

template <class T>
result<T> described_params<T>::parse(const boost::json::object& params) {
    return parse_strictly<T>(params, members_of<T>::value);
}

template <class T>
boost::json::array described_params<T>::describe() {
    return describe_params(members_of<T>::value);
}

template <class T>
boost::json::object described_result<T>::to_json() const {
    return write_members(static_cast<const T&>(*this), members_of<T>::value);
}

template <class T>
result<T> described_result<T>::parse(const boost::json::object& from) {
    return parse_leniently<T>(from, members_of<T>::value);
}

template <class T>
boost::json::object described_result<T>::describe() {
    return describe_object(members_of<T>::value);
}

} // namespace tug::proto
