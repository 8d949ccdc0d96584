#pragma once

#include "tug/proto/call_class.hpp"
#include "tug/proto/permission.hpp"
#include "tug/proto/stream.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <span>
#include <string_view>
#include <vector>

namespace tug::proto {

/// One row a method that tugd serves: what there is to say of it is said here, once. Its params are a message type
/// whose `method` is the name; that type parses and writes them and knows which streams a call with them has.
struct method {
    std::string_view name;
    std::string_view summary;
    permission need;
    call_class lives;                 ///< What a call of it counts as; see class_of().
    std::vector<stream_spec> streams; ///< All that a call of it can have.
    boost::json::array (*params)();   ///< As OpenRPC has them.
    boost::json::object (*result)();  ///< The JSON schema of the result.
};

/// The table of methods.
[[nodiscard]] std::span<const method> methods();

/// The row of that name. Precondition: there is one.
[[nodiscard]] const method& method_of(std::string_view name);

/// What a call with these params counts as: the class of its method, but that a command with a terminal lives as long
/// as its user.
template <class Params>
[[nodiscard]] call_class class_of(const Params& params) {
    if constexpr (requires { params.pty; })
        if (params.pty) return call_class::long_lived;
    return method_of(Params::method).lives;
}

/// The method object of OpenRPC.
[[nodiscard]] boost::json::object describe(const method& m);

/// The same for a method that is not in the table, of which less is known: one that an application serves.
[[nodiscard]] boost::json::object describe(std::string_view name, permission need,
                                           std::span<const stream_spec> streams);

/// That description, with the param `after` beside its own: of a method that may wait for other calls.
[[nodiscard]] boost::json::object with_order(boost::json::object description);

} // namespace tug::proto
