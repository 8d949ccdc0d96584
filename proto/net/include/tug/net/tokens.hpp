#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tug::net {

/// The completion token of what a coroutine awaits whose errors it handles as values: a tuple that begins with the
/// error_code.
inline constexpr auto as_tuple = boost::asio::as_tuple(boost::asio::use_awaitable);

} // namespace tug::net
