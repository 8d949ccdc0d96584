#pragma once

#include <tug/detail/calls.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>

namespace tug {

class audit_feed;
struct audit_event;

} // namespace tug

namespace tug::detail {

class audit_feed_state;

using audit_feed_ptr = std::shared_ptr<audit_feed_state>;

[[nodiscard]] boost::asio::any_io_executor home_of(const audit_feed_ptr& of);

// The calls of audit_feed; see calls.hpp.

[[nodiscard]] boost::asio::awaitable<audit_feed> follow_audit(session_ptr s);
[[nodiscard]] boost::asio::awaitable<std::optional<audit_event>> next(audit_feed_ptr of);

} // namespace tug::detail
