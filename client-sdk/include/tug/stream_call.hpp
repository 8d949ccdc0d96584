#pragma once

#include <tug/chunk.hpp>
#include <tug/proto/stream.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tug {

namespace detail {
class stream_state;
}

/// The streams of an endpoint: `tug::streams().to_server("in").to_client("out")`, as the endpoint has them.
class streams {
public:
    streams() = default;

    streams& to_server(std::string name) {
        specs_.emplace_back(std::move(name), proto::direction::to_server);
        return *this;
    }

    streams& to_client(std::string name) {
        specs_.emplace_back(std::move(name), proto::direction::to_client);
        return *this;
    }

    [[nodiscard]] const std::vector<proto::stream_spec>& specs() const noexcept { return specs_; }

private:
    std::vector<proto::stream_spec> specs_;
};

/// A call of an endpoint with byte streams, made by client::open(). Destroying one that was not answered cancels it.
///
/// All calls throw tug::error, also invalid_params for a stream that the call does not have that way. Thread safety: as
/// client; one coroutine at a time waits on a stream.
class stream_call {
public:
    stream_call() = default;
    explicit stream_call(std::shared_ptr<detail::stream_state> state) noexcept;
    stream_call(stream_call&& other) noexcept;
    stream_call& operator=(stream_call&& other) noexcept;
    ~stream_call();

    /// The next bytes of a stream; empty at its end. Pieces have nothing to do with how the server wrote them.
    /// Cancellation stops the wait and nothing else.
    [[nodiscard]] boost::asio::awaitable<chunk> read(std::string stream);

    /// Sends all of it, as fast as the server reads. False where it wants no more or has answered.
    [[nodiscard]] boost::asio::awaitable<bool> write(std::string stream, std::string bytes);

    /// Nothing follows on that stream.
    void send_eof(std::string_view stream);

    /// No more is wanted of that stream.
    void stop(std::string_view stream);

    /// Asks the server to end the call. Idempotent.
    void cancel();

    /// The result. Streams to the client have to be read to their end first, or stopped. It may be called again.
    [[nodiscard]] boost::asio::awaitable<boost::json::value> finish();

private:
    std::shared_ptr<detail::stream_state> state_;
};

} // namespace tug
