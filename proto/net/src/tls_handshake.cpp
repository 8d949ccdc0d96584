#include "tls_channel.hpp"
#include "tug/net/tokens.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <tuple>

namespace tug::net {

namespace asio = boost::asio;

asio::awaitable<proto::result<void>> handshake(transport& t) {
    for (;;) {
        boost::system::error_code ec;
        switch (t.tls()->handshake(t.socket().native_handle())) {
        case tls_channel::step::done: co_return proto::result<void>();
        case tls_channel::step::failed: co_return t.tls()->why_failed();
        case tls_channel::step::wait_to_read: std::tie(ec) = co_await t.async_wait_readable(as_tuple); break;
        case tls_channel::step::wait_to_write: std::tie(ec) = co_await t.async_wait_writable(as_tuple); break;
        }
        if (ec == asio::error::operation_aborted || !t.is_open()) co_return proto::errc::cancelled;
        if (ec) co_return proto::failure(proto::errc::connection_lost, ec.message());
    }
}

} // namespace tug::net
