#pragma once

#include <tug/address.hpp>
#include <tug/chunk.hpp>
#include <tug/connect_options.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace tug {

/// A connection to a tugd that is logged in and speaks for another program: its frames pass as they are. So that
/// program speaks to tugd and never learns the key.
///
/// Errors: all calls throw tug::error. Cancellation: a call that was cancelled leaves a connection of no further use.
/// Threads: none; on the executor of the coroutine that connected it.
class relay_connection {
public:
    /// Connects and logs in; fails as client::connect().
    [[nodiscard]] static boost::asio::awaitable<relay_connection> connect(destination to, connect_options how);

    relay_connection(relay_connection&& other) noexcept;
    relay_connection& operator=(relay_connection&& other) noexcept;
    ~relay_connection();

    /// The frame that the other program is to get first: rpc.hello of tugd, which asks for no login any more (`auth` is
    /// empty) and says what the key may do (`permissions`, where there is a key).
    [[nodiscard]] std::string_view greeting() const noexcept;

    /// The next bytes of tugd, at most `most`; empty where it has closed the connection.
    [[nodiscard]] boost::asio::awaitable<chunk> read(std::size_t most);

    /// Sends all of it.
    [[nodiscard]] boost::asio::awaitable<void> write(chunk bytes);

    /// Ends it at once; what waits fails.
    void close() noexcept;

private:
    struct impl;
    explicit relay_connection(std::unique_ptr<impl> it) noexcept;

    std::unique_ptr<impl> impl_;
};

} // namespace tug
