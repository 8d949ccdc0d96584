#pragma once

#include "cli/forward/tokens.hpp"
#include "socks.hpp"

#include <tug/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <exception>
#include <string>

namespace tug::cli {

/// What a SOCKS client is told of a failure to connect.
[[nodiscard]] inline socks_opening::reason reason_of(const std::exception_ptr& thrown) {
    const auto why = failure_of(thrown);
    if (why.code == errc::permission_denied) return socks_opening::reason::denied;
    if (why.os_error == "ECONNREFUSED") return socks_opening::reason::refused;
    if (why.code == errc::connect_failed) return socks_opening::reason::unreachable;
    return socks_opening::reason::failure;
}

/// False where the client left, or asked for what cannot be, which it was told.
template <class Stream>
[[nodiscard]] boost::asio::awaitable<bool> read_opening(Stream& client, socks_opening& opening) {
    std::array<char, 1024> buffer{};
    while (opening.now() == socks_opening::state::reading) {
        const auto [ec, n] = co_await client.async_read_some(boost::asio::buffer(buffer), as_tuple);
        if (ec) co_return false;
        opening.feed({buffer.data(), n});
        const auto reply = opening.take_reply();
        const auto [failed, sent] = co_await boost::asio::async_write(client, boost::asio::buffer(reply), as_tuple);
        if (failed) co_return false;
    }
    co_return opening.now() == socks_opening::state::asked;
}

/// Tells the client whether the connection stands, and passes on what it has sent already. False where it does not, or
/// the client left.
template <class Stream, class Target>
[[nodiscard]] boost::asio::awaitable<bool> answer_opening(Stream& client, const socks_opening& opening, Target* to,
                                                          const std::exception_ptr& thrown) {
    const auto reply = to == nullptr ? opening.refuse(reason_of(thrown)) : opening.grant();
    const auto [ec, n] = co_await boost::asio::async_write(client, boost::asio::buffer(reply), as_tuple);
    if (ec || to == nullptr) co_return false;
    if (opening.rest().empty()) co_return true;
    const auto [failed, sent] = co_await boost::asio::async_write(*to, boost::asio::buffer(opening.rest()), as_tuple);
    co_return !failed;
}

} // namespace tug::cli
