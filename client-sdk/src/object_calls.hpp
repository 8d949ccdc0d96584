#pragma once

#include "at_home.hpp"
#include "session.hpp"

#include <tug/detail/calls.hpp>
#include <tug/error.hpp>
#include <tug/proto/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace tug::detail {

// Calls that have no streams: the params go, an object comes back.

/// A call that is answered by an object. `method` outlives it: it is a constant.
[[nodiscard]] boost::asio::awaitable<proto::result<boost::json::object>> ask(session_ptr s, std::string_view method,
                                                                             boost::json::object params);

/// Asks on the executor of the client, whatever that of the caller is; throws the failure.
[[nodiscard]] boost::asio::awaitable<boost::json::object> answer_to(session_ptr s, std::string_view method,
                                                                    boost::json::object params);

template <class Params>
[[nodiscard]] boost::asio::awaitable<boost::json::object> answer_to(session_ptr s, const Params& params) {
    return answer_to(std::move(s), Params::method, params.to_json());
}

/// Asks where the answer says nothing but that it was done; throws the failure.
[[nodiscard]] boost::asio::awaitable<void> ask_to(session_ptr s, std::string_view method, boost::json::object params);

template <class Params>
[[nodiscard]] boost::asio::awaitable<void> ask_to(session_ptr s, const Params& params) {
    return ask_to(std::move(s), Params::method, params.to_json());
}

/// The result of `method` is not what it should be.
[[nodiscard]] failure wrong_result(std::string_view method, const std::string& why);

/// Gives what a call brought its type; wrong_result() where it is not what it should be.
template <class Result>
[[nodiscard]] proto::result<Result> parse_answer(std::string_view method, const boost::json::object& members) {
    auto parsed = Result::parse(members);
    if (!parsed) return wrong_result(method, parsed.error().message);
    return parsed;
}

/// The same for what answer_to() brought for these params; throws the failure.
template <class Result, class Params>
[[nodiscard]] Result answer_as(const Params& /*of*/, const boost::json::object& members) {
    return value_or_throw(parse_answer<Result>(Params::method, members));
}

} // namespace tug::detail
