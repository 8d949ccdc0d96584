#pragma once

#include "tug/proto/error.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace tug::proto {

// Bases of message types whose members are described once, by a specialisation of members_of in their .cpp, which also
// instantiates these; see members.hpp and described_members.hpp.

/// The params of a method.
template <class T>
struct described_params {
    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] static result<T> parse(const boost::json::object& params);
    /// As OpenRPC has them.
    [[nodiscard]] static boost::json::array describe();
};

/// The result of a method, or a line of a listing: members that are unknown are ignored.
template <class T>
struct described_result {
    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] static result<T> parse(const boost::json::object& from);
    /// A JSON schema.
    [[nodiscard]] static boost::json::object describe();
};

} // namespace tug::proto
