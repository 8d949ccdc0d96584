#include "metrics/http_endpoint.hpp"

#include "tug/net/tokens.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <chrono>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

namespace {

using net::as_tuple;

using stream = beast::basic_stream<asio::generic::stream_protocol>;
using request = http::request<http::empty_body>;
using response = http::response<http::string_body>;

/// For a request, from its wait on, and for the answer.
constexpr auto time_of_a_request = std::chrono::seconds(10);
constexpr std::uint32_t most_header_bytes = 8192;

response text(const request& to, http::status status, std::string body) {
    response out(status, to.version());
    out.keep_alive(to.keep_alive());
    out.set(http::field::content_type, "text/plain; charset=utf-8");
    out.set(http::field::cache_control, "no-store");
    out.body() = std::move(body);
    out.prepare_payload();
    if (to.method() == http::verb::head) out.body().clear(); // the length stays that of the page
    return out;
}

response answer_to(const request& r, const http_pages& pages) {
    if (r.method() != http::verb::get && r.method() != http::verb::head) {
        auto out = text(r, http::status::method_not_allowed, "GET or HEAD\n");
        out.set(http::field::allow, "GET, HEAD");
        return out;
    }
    const auto target = r.target().substr(0, r.target().find('?'));
    if (target == "/healthz") return text(r, http::status::ok, "ok\n");
    if (target == "/readyz")
        return pages.ready() ? text(r, http::status::ok, "ready\n")
                             : text(r, http::status::service_unavailable, "draining\n");
    if (target == "/metrics") {
        auto out = text(r, http::status::ok, pages.metrics());
        out.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
        return out;
    }
    return text(r, http::status::not_found, "there are /healthz, /readyz and /metrics\n");
}

asio::awaitable<void> converse(stream s, const http_pages& pages) {
    beast::flat_buffer buffer(most_header_bytes);
    for (bool more = true; more;) {
        http::request_parser<http::empty_body> parser;
        parser.header_limit(most_header_bytes);
        s.expires_after(time_of_a_request);
        const auto [failed, read] = co_await http::async_read(s, buffer, parser, as_tuple);
        if (failed) co_return;
        const auto out = answer_to(parser.get(), pages);
        more = out.keep_alive();
        s.expires_after(time_of_a_request);
        const auto [lost, written] = co_await http::async_write(s, out, as_tuple);
        if (lost) co_return;
    }
}

} // namespace

http_endpoint::http_endpoint(asio::io_context& io, std::unique_ptr<listener> from, http_pages pages)
    : io_(io), listener_(std::move(from)), pages_(std::move(pages)), connections_(io.get_executor()) {}

asio::awaitable<void> http_endpoint::run() {
    co_await listener_->accept([this](accepted_socket a) { take(std::move(a)); });
}

asio::awaitable<void> http_endpoint::join() {
    connections_.cancel();
    co_await connections_.join();
}

void http_endpoint::take(accepted_socket socket) {
    if (connections_.size() >= most_connections) return;
    stream s(io_.get_executor());
    s.socket().assign(asio::generic::stream_protocol(socket.family, 0), socket.fd.release());
    connections_.spawn(converse(std::move(s), pages_));
}

} // namespace tug::service
