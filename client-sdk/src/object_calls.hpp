#pragma once

#include "at_home.hpp"
#include "session.hpp"

#include <tug/error.hpp>
#include <tug/proto/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include <string>
#include <utility>

namespace tug::detail {

// Calls that have no streams: the params go, an object comes back.

/// A call that is answered by an object.
template <class Params>
boost::asio::awaitable<proto::result<boost::json::object>> ask(session_ptr s, Params params) {
    auto answer = co_await s->request(std::string(Params::method), params.to_json());
    if (!answer) co_return answer.error();
    auto* members = answer->if_object();
    if (!members)
        co_return failure(errc::protocol_violation, "the result of " + std::string(Params::method) + " is no object");
    co_return std::move(*members);
}

/// The same where the object has a type.
template <class Result, class Params>
boost::asio::awaitable<proto::result<Result>> ask_for(session_ptr s, Params params) {
    const auto members = co_await ask(std::move(s), std::move(params));
    if (!members) co_return members.error();
    auto parsed = Result::parse(*members);
    if (!parsed)
        co_return failure(errc::protocol_violation,
                          "the result of " + std::string(Params::method) + ": " + parsed.error().message);
    co_return std::move(*parsed);
}

/// The same where the object says nothing.
template <class Params>
boost::asio::awaitable<void> ask_to(session_ptr s, Params params) {
    must_be(s);
    static_cast<void>(co_await deliver(s->executor(), ask(s, std::move(params))));
}

} // namespace tug::detail
