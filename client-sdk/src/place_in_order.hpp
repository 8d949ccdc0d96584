#pragma once

#include <tug/proto/call_order.hpp>
#include <tug/proto/envelope.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <functional>
#include <string_view>

namespace tug::detail {

/// Where a call stands among others whose requests are sent without waiting for answers.
struct place_in_order {
    boost::json::array after;                           ///< The ids of those that it begins after; may be empty.
    std::function<void(const proto::call_id&)> on_sent; ///< Told the id of this one, once its request is on its way.

    void add_to(boost::json::object& params) const {
        if (!after.empty()) params[std::string_view(proto::after_param)] = after;
    }
};

} // namespace tug::detail
