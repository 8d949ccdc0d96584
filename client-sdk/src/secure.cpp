#include "secure.hpp"

#include "tug/net/tokens.hpp"

#include "dial.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <utility>

namespace tug::detail {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using proto::errc;
using proto::failure;

namespace {

using net::as_tuple;

/// A tugd greets at once; one that has said nothing for so long may be waiting for us.
constexpr auto silence = 2s;

asio::awaitable<bool> speaks_tls(asio::any_io_executor executor, const tug::address& to) {
    const auto how = net::tls_context::for_client({}, to.host);
    if (!how) co_return false;
    auto socket = co_await dial(executor, to);
    if (!socket) co_return false;
    net::transport probe(std::move(*socket), *how);
    const auto agreed = co_await net::handshake(probe);
    // Whom it would take is another question.
    co_return agreed || agreed.error().code == errc::tls_untrusted || agreed.error().code == errc::tls_failed;
}

} // namespace

proto::result<std::optional<net::tls_context>> tls_for(const tug::address& to, const std::optional<tls_options>& how) {
    if (!how) return std::optional<net::tls_context>();
    if (to.is_unix()) return failure(errc::tls_not_offered, "tugd speaks no TLS on Unix sockets");
    const net::tls_files files{how->certificate_file(), how->key_file(), how->ca_file(), how->key_readers()};
    auto made = net::tls_context::for_client(files, how->server_name().empty() ? to.host : how->server_name());
    if (!made) return made.error();
    return std::optional(std::move(*made));
}

asio::awaitable<proto::result<net::transport>> secure(net::stream_socket socket, std::optional<net::tls_context> how) {
    if (!how) co_return net::transport(std::move(socket));
    net::transport out(std::move(socket), *how);
    if (const auto agreed = co_await net::handshake(out); !agreed) co_return agreed.error();
    co_return std::move(out);
}

asio::awaitable<proto::result<void>> find_tls(asio::any_io_executor executor, tug::address to) {
    asio::steady_timer timer(executor, silence);
    const auto [cancelled] = co_await timer.async_wait(as_tuple);
    if (cancelled) co_return errc::cancelled;
    if (!to.is_unix() && co_await speaks_tls(executor, to))
        co_return failure(errc::tls_required, to.to_string() + " speaks TLS alone");
    timer.expires_at(asio::steady_timer::time_point::max());
    co_await timer.async_wait(as_tuple);
    co_return errc::cancelled;
}

} // namespace tug::detail
