// doctor: from the name of a host to something that listens there.

#include "doctor.hpp"

#include <tug/address.hpp>
#include <tug/error.hpp>
#include <tug/net/name_lookups.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace tug::cli {

namespace {

constexpr std::chrono::seconds longest_connect{5};
constexpr auto as_tuple_awaitable = asio::as_tuple(asio::use_awaitable);

bool check_socket(const std::string& path, doctor_report& to) {
    struct stat st{};
    if (::stat(path.c_str(), &st) != 0) {
        to.wrong("socket", path + ": " + std::strerror(errno), "start tugd with --listen unix:" + path);
    } else if (!S_ISSOCK(st.st_mode)) {
        to.wrong("socket", path + " is no socket", "name the socket of tugd");
    } else if (::access(path.c_str(), W_OK) != 0) {
        to.wrong("socket", path + " is not for this user",
                 "run as a user who may write to it, or see the mode and the owner: ls -l " + path);
    } else {
        to.ok("socket", path);
        return true;
    }
    return false;
}

std::string remedy_for(const error_code& why) {
    if (why == asio::error::connection_refused)
        return "nothing listens there: start tugd, let it --listen on that address, or correct the port";
    if (why == asio::error::network_unreachable || why == asio::error::host_unreachable)
        return "there is no way to it: see ip route, VPN and cable";
    if (why == asio::error::timed_out || why == asio::error::operation_aborted)
        return "nothing answers: see whether the host is up, and the firewalls in between";
    return "check the address";
}

/// Connects and closes. A socket that the timer may outlive is shared with it.
asio::awaitable<error_code> attempt(const tcp::endpoint& at) {
    const auto executor = co_await asio::this_coro::executor;
    const auto socket = std::make_shared<tcp::socket>(executor);
    asio::steady_timer clock(executor, longest_connect);
    clock.async_wait([socket](error_code ec) {
        if (!ec) socket->close(ec);
    });
    const auto [ec] = co_await socket->async_connect(at, as_tuple_awaitable);
    clock.cancel();
    co_return ec;
}

std::string text_of(const tcp::endpoint& at) {
    const auto address = at.address().to_string();
    return (at.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(at.port());
}

asio::awaitable<bool> check_addresses(const net::ip_addresses& found, std::uint16_t port, doctor_report& to) {
    error_code last;
    std::string tried;
    for (const auto& one : found) {
        const tcp::endpoint at(one, port);
        last = co_await attempt(at);
        if (!last) {
            to.ok("port", text_of(at) + " is open");
            co_return true;
        }
        tried.append(tried.empty() ? "" : ", ").append(text_of(at));
    }
    to.wrong("port", tried + ": " + (last == asio::error::operation_aborted ? "no answer" : last.message()),
             remedy_for(last));
    co_return false;
}

} // namespace

asio::awaitable<bool> check_way(std::string address, doctor_report& to) {
    const auto parsed = tug::address::parse(address);
    if (!parsed) {
        to.wrong("address", parsed.error());
        co_return false;
    }
    if (parsed.value().is_unix()) co_return check_socket(parsed.value().path, to);
    const auto& at = parsed.value();
    const auto found = co_await net::name_lookups::of_process().find(at.host);
    if (!found && found.error().code == errc::cancelled) throw error(found.error());
    if (!found) {
        to.wrong("name", at.host + ": " + found.error().message,
                 "correct it, or set address for the host; see getent hosts " + at.host);
        co_return false;
    }
    std::string addresses;
    for (const auto& one : *found) addresses.append(addresses.empty() ? "" : ", ").append(one.to_string());
    to.ok("name", at.host + " is " + addresses);
    co_return co_await check_addresses(*found, at.port, to);
}

} // namespace tug::cli
