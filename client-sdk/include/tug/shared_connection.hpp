#pragma once

#include <tug/address.hpp>
#include <tug/connect_options.hpp>
#include <tug/error.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>

namespace tug {

/// Connects and logs in once, then lets other processes of this user in by a Unix socket: a client that connects to it,
/// without a key, works on this connection as on one of its own. Calls, their streams and their flow control go through
/// from end to end; a client that goes has its calls cancelled. At most 16 at once, each with its part of the calls in
/// flight; one more is turned away. The key stays in this process.
///
/// `listener` is a listening Unix socket, which is taken over; the caller sees to it that other users cannot connect,
/// and they are turned away all the same. Ends when no client has been there for `idle`: client_closed; else with why
/// there is no connection, or none any more. Throws nothing but std::bad_alloc. Cancellable: cancelled. Executor: that
/// of the coroutine, one thread or strand.
[[nodiscard]] boost::asio::awaitable<failure> share_connection(int listener, destination to, connect_options how,
                                                               std::chrono::milliseconds idle);

} // namespace tug
