#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tug::proto {

/// Which request of which trace a call belongs to: W3C Trace Context, as `meta` of a request carries it.
struct trace_context {
    std::string traceparent;
    std::string tracestate; ///< Empty: none.

    /// Nothing where there is no valid traceparent; a tracestate that is malformed is left out.
    [[nodiscard]] static std::optional<trace_context> from(const boost::json::value* meta);

    /// The same of two texts, as they stand in an environment.
    [[nodiscard]] static std::optional<trace_context> from(std::string_view traceparent, std::string_view tracestate);

    [[nodiscard]] boost::json::object to_json() const;
};

} // namespace tug::proto
