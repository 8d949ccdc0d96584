#include "server.hpp"

#include "page.hpp"
#include "socket_relay.hpp"

#include "cli/arguments/exit_codes.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/commands/commands.hpp"
#include "cli/local/byte_streams.hpp"
#include "cli/local/report.hpp"
#include "cli/mcp/host.hpp"

#include <tug/error.hpp>
#include <tug/os/need_of_port.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <utility>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace tug::cli::console {

namespace {

using request = http::request<http::empty_body>;

std::string_view view(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

std::optional<std::string_view> field(const request& r, std::string_view name) {
    const auto found = r.find(boost::beast::string_view(name.data(), name.size()));
    if (found == r.end()) return std::nullopt;
    return view(found->value());
}

web_request described(const request& r) {
    web_request out;
    out.method = view(r.method_string());
    out.target = view(r.target());
    out.host = field(r, "Host").value_or("");
    out.origin = field(r, "Origin");
    out.fetch_site = field(r, "Sec-Fetch-Site");
    out.cookie = field(r, "Cookie").value_or("");
    out.protocols = field(r, "Sec-WebSocket-Protocol").value_or("");
    out.upgrade = boost::beast::websocket::is_upgrade(r);
    return out;
}

http::response<http::string_body> answer_to(const request& r, const verdict& v, const gate& g) {
    http::response<http::string_body> out;
    out.version(r.version());
    out.keep_alive(false);
    const auto file = v.what == verdict::kind::page ? page(v.path) : page_file();
    const bool found = !file.bytes.empty();
    out.result(static_cast<unsigned>(found ? 200 : v.what == verdict::kind::page ? 404 : v.status));
    out.set(http::field::content_type, found ? std::string(file.type) : "text/plain; charset=utf-8");
    if (found) out.set(http::field::content_encoding, "gzip");
    if (v.first_use) out.set(http::field::set_cookie, g.set_cookie());
    out.set(http::field::cache_control, "no-store");
    out.set("Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws" + g.origin().substr(4) +
                "; img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    out.set("X-Content-Type-Options", "nosniff");
    out.set("X-Frame-Options", "DENY");
    out.set("Referrer-Policy", "no-referrer");
    out.set("Cross-Origin-Opener-Policy", "same-origin");
    out.set("Cross-Origin-Resource-Policy", "same-origin");
    out.body() =
        found ? std::string(file.bytes) : std::string(v.why.empty() ? "there is nothing of that name" : v.why) + "\n";
    out.prepare_payload();
    if (r.method() == http::verb::head) out.body().clear();
    return out;
}

} // namespace

server::server(const options& o, invocation& s, std::uint16_t port)
    : options_(o),
      invocation_(s),
      acceptor_(s.ctl.get_executor()),
      changed_(s.ctl.get_executor(), asio::steady_timer::time_point::max()) {
    boost::system::error_code ec;
    const tcp::endpoint here(asio::ip::address_v4::loopback(), port);
    acceptor_.open(here.protocol(), ec);
    if (!ec) acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor_.bind(here, ec);
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) {
        const auto place = quoted_name("127.0.0.1:" + std::to_string(port));
        throw_local("cannot listen at " + place + std::string(os::need_of_port(ec.value())), ec.value());
    }
    gate_ = std::make_unique<gate>(acceptor_.local_endpoint().port(), mcp::random_hex(32), mcp::random_hex(32),
                                   mcp::random_hex(32));
}

asio::awaitable<void> server::run() {
    try {
        co_await accept();
    } catch (const boost::system::system_error& e) {
        if (e.code() != asio::error::operation_aborted) throw;
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    boost::system::error_code ec;
    acceptor_.close(ec);
    for (auto& socket : open_) socket.close(ec);
    while (!open_.empty()) co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
}

asio::awaitable<void> server::open_browser() {
    auto file = address_file::make(address());
    if (!file) co_return print_error("no browser was opened: its file cannot be written", "open the address yourself");
    auto path = file->path();
    leads_here_.emplace(std::move(*file));
    const bool opened = co_await open_in_browser(invocation_, std::move(path));
    if (!opened) print_error("no browser was opened: there is no xdg-open", "open the address yourself");
}

asio::awaitable<void> server::accept() {
    for (;;) {
        while (open_.size() >= most_connections) {
            boost::system::error_code ec;
            co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
            const auto state = co_await asio::this_coro::cancellation_state;
            if (state.cancelled() != asio::cancellation_type::none) co_return;
        }
        auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
        const auto place = open_.insert(open_.end(), std::move(socket));
        asio::co_spawn(acceptor_.get_executor(), serve(*place), [this, place](std::exception_ptr) {
            open_.erase(place); // what a browser did wrong has ended its connection
            changed_.cancel();
        });
    }
}

/// One request a connection: there are few, and it keeps a browser from holding connections.
asio::awaitable<void> server::serve(tcp::socket& socket) {
    boost::beast::flat_buffer buffer(64 * 1024);
    http::request_parser<http::empty_body> parser;
    parser.header_limit(16 * 1024);
    asio::steady_timer patience(socket.get_executor(), std::chrono::seconds(10));
    const auto asked = std::make_shared<bool>(false);
    patience.async_wait([&socket, asked](boost::system::error_code ec) {
        if (!ec && !*asked) socket.cancel(ec); // the handler may be queued when the request comes
    });
    const auto [ec, size] = co_await http::async_read(socket, buffer, parser, asio::as_tuple(asio::use_awaitable));
    *asked = true;
    if (ec) co_return;
    const auto& r = parser.get();
    const auto v = gate_->judge(described(r));
    if (v.first_use) leads_here_.reset();
    if (v.what == verdict::kind::socket) {
        auto relay = relay_socket(socket, r, gate_->protocol(), options_, invocation_);
        co_return co_await std::move(relay);
    }
    auto answer = answer_to(r, v, *gate_);
    co_await http::async_write(socket, answer, asio::use_awaitable);
    boost::system::error_code ignored;
    socket.shutdown(tcp::socket::shutdown_send, ignored);
}

} // namespace tug::cli::console

asio::awaitable<int> tug::cli::serve_console(const options& o, invocation& s) {
    if (!console::has_page())
        throw usage_error("this tug was built without the page of the console",
                          "build the page and then tug: ./dev console, ./dev build");
    { // what is wrong with the host or the key is said here
        const auto tried = co_await connect(o, s, address_of(o));
    }
    console::server server(o, s, o.console.port);
    if (!print_text(server.address() + "\n")) co_return exit_code::failed;
    if (!o.console.no_open && console::has_display()) co_await server.open_browser();
    co_await server.run();
    co_return exit_code::success;
}
