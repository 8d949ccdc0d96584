#include "support/cutting_proxy.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace tug::test {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t no_cut = std::numeric_limits<std::size_t>::max();

} // namespace

cutting_proxy::cutting_proxy(asio::any_io_executor executor, const std::string& server_address, std::size_t cut_after)
    : acceptor_(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      server_(asio::ip::address_v4::loopback(), net::address::parse(server_address)->port),
      address_("127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port())),
      cut_after_(cut_after),
      tasks_(executor) {
    tasks_.spawn(accept());
}

asio::awaitable<void> cutting_proxy::stop() {
    acceptor_.close();
    tasks_.cancel();
    co_await tasks_.join();
}

asio::awaitable<void> cutting_proxy::accept() {
    for (;;) {
        auto [ec, accepted] = co_await acceptor_.async_accept(token);
        if (ec) co_return;
        tasks_.spawn(pass_on(std::move(accepted), std::exchange(cut_after_, no_cut)));
    }
}

asio::awaitable<void> cutting_proxy::pass_on(socket client, std::size_t left) {
    using namespace asio::experimental::awaitable_operators;
    socket server(client.get_executor());
    const auto [ec] = co_await server.async_connect(server_, token);
    if (ec || left == 0) co_return;
    auto race = pump(client, server, left) || pump(server, client, left);
    (void)co_await std::move(race);
}

/// Until one side ends, or nothing more may go through.
asio::awaitable<void> cutting_proxy::pump(socket& from, socket& to, std::size_t& left) {
    std::array<char, 16 * 1024> bytes{};
    while (left > 0) {
        const auto [ec, n] = co_await from.async_read_some(asio::buffer(bytes), token);
        if (ec) co_return;
        const auto most = std::min(n, left);
        left -= most;
        const auto [failed, written] = co_await asio::async_write(to, asio::buffer(bytes.data(), most), token);
        if (failed) co_return;
    }
}

} // namespace tug::test
