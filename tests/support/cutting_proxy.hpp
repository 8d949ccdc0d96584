#pragma once

#include <tug/net/address.hpp>
#include <tug/net/task_group.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <string>

namespace tug::test {

/// Passes connections on to a server of this host, and ends the first one when so many bytes have gone through it, both
/// ways together.
class cutting_proxy {
public:
    cutting_proxy(boost::asio::any_io_executor executor, const std::string& server_address, std::size_t cut_after);

    [[nodiscard]] const std::string& address() const noexcept { return address_; }

    /// Ends all of it. It must have returned before the proxy goes.
    [[nodiscard]] boost::asio::awaitable<void> stop();

private:
    using socket = boost::asio::ip::tcp::socket;

    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> pass_on(socket client, std::size_t left);
    boost::asio::awaitable<void> pump(socket& from, socket& to, std::size_t& left);

    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ip::tcp::endpoint server_;
    std::string address_;
    std::size_t cut_after_;
    net::task_group tasks_;
};

} // namespace tug::test
