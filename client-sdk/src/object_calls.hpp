#pragma once

#include "session.hpp"

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

/// A call that is made where the object says nothing; throws the failure.
[[nodiscard]] boost::asio::awaitable<void> ask_to(session_ptr s, std::string_view method, boost::json::object params);

template <class Params>
[[nodiscard]] boost::asio::awaitable<void> ask_to(session_ptr s, const Params& params) {
    return ask_to(std::move(s), Params::method, params.to_json());
}

/// The result of `method` is not what it should be.
[[nodiscard]] failure wrong_result(std::string_view method, const std::string& why);

template <class Result>
boost::asio::awaitable<proto::result<Result>> ask_for(session_ptr s, std::string_view method,
                                                      boost::json::object params) {
    const auto members = co_await ask(std::move(s), method, std::move(params));
    if (!members) co_return members.error();
    auto parsed = Result::parse(*members);
    if (!parsed) co_return wrong_result(method, parsed.error().message);
    co_return std::move(*parsed);
}

/// A call whose answer has a type.
template <class Result, class Params>
[[nodiscard]] boost::asio::awaitable<proto::result<Result>> ask_for(session_ptr s, const Params& params) {
    return ask_for<Result>(std::move(s), Params::method, params.to_json());
}

} // namespace tug::detail
