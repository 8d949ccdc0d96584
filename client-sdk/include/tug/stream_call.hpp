#pragma once

#include <tug/chunk.hpp>
#include <tug/detail/calls.hpp>
#include <tug/detail/initiate.hpp>
#include <tug/net/byte_channel.hpp>
#include <tug/streams.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/json/value.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tug {

class tunnel;

/// A stream of bytes each way over a call, for what works over such: Asio's composed operations, TLS, Beast.
using byte_channel = net::byte_channel;

/// A call of an endpoint with byte streams, made by client::open(). Destroying one that was not answered cancels it.
///
/// Tokens, errors and threads: as client. A stream that the call does not have that way is invalid_params, which the
/// calls without token throw. One call at a time waits on a stream.
class stream_call {
public:
    stream_call() = default;
    explicit stream_call(std::shared_ptr<detail::stream_state> state) noexcept;
    stream_call(stream_call&& other) noexcept;
    stream_call& operator=(stream_call&& other) noexcept;
    ~stream_call();

    /// The next bytes of a stream; empty at its end. Pieces have nothing to do with how the server wrote them.
    /// Cancellation stops the wait and nothing else.
    template <detail::token_for<chunk> Token = detail::default_token>
    [[nodiscard]] auto read(std::string stream, Token&& token = Token()) {
        return detail::initiate(detail::read(state_, std::move(stream)), state_, std::forward<Token>(token));
    }

    /// Sends all of it, as fast as the server reads. False where it wants no more or has answered.
    template <detail::token_for<bool> Token = detail::default_token>
    [[nodiscard]] auto write(std::string stream, const std::string& bytes, Token&& token = Token()) {
        return detail::initiate(detail::write(state_, std::move(stream), chunk::copy_of(bytes)), state_,
                                std::forward<Token>(token));
    }

    /// The same of a piece that came from elsewhere, compressed or not: see streams::packed().
    template <detail::token_for<bool> Token = detail::default_token>
    [[nodiscard]] auto write(std::string stream, chunk bytes, Token&& token = Token()) {
        return detail::initiate(detail::write(state_, std::move(stream), std::move(bytes)), state_,
                                std::forward<Token>(token));
    }

    /// Two streams of the call as one stream of bytes: read from the first, which is to the client, written to the
    /// second. An empty name stands for none. The channel lives on the executor of the client, and is used there alone.
    /// When the call is answered, cancelled, or destroyed, its operations end; see byte_channel.
    [[nodiscard]] byte_channel channel(std::string_view from_server, std::string_view to_server);

    /// Nothing follows on that stream.
    void send_eof(std::string_view stream);

    /// No more is wanted of that stream.
    void stop(std::string_view stream);

    /// Asks the server to end the call. Idempotent.
    void cancel();

    /// The result. Streams to the client have to be read to their end first, or stopped. It may be called again.
    template <detail::token_for<boost::json::value> Token = detail::default_token>
    [[nodiscard]] auto finish(Token&& token = Token()) {
        return detail::initiate(detail::finish(state_), state_, std::forward<Token>(token));
    }

private:
    friend boost::asio::awaitable<void> relay(boost::asio::generic::stream_protocol::socket socket, tunnel through);

    std::shared_ptr<detail::stream_state> state_;
};

} // namespace tug
