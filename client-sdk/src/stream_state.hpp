#pragma once

#include "session.hpp"

#include <tug/chunk.hpp>
#include <tug/net/byte_channel.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tug::detail {

/// A call with custom streams. Lives on the executor of its session.
class stream_state : public std::enable_shared_from_this<stream_state> {
public:
    stream_state(std::shared_ptr<session> s, std::shared_ptr<pending> p)
        : session_(std::move(s)), pending_(std::move(p)) {}

    [[nodiscard]] const boost::asio::any_io_executor& executor() const noexcept { return session_->executor(); }

    /// The index of a stream of that name; throws tug::error where there is none. Safe from any thread.
    [[nodiscard]] std::size_t inbound(std::string_view name) const;
    [[nodiscard]] std::size_t outbound(std::string_view name) const;

    [[nodiscard]] boost::asio::awaitable<proto::result<chunk>> read(std::size_t stream);
    [[nodiscard]] boost::asio::awaitable<proto::result<bool>> write(std::size_t stream, chunk bytes);

    /// Safe from any thread.
    [[nodiscard]] net::byte_channel channel(std::optional<std::size_t> in, std::optional<std::size_t> out) const {
        return {pending_->shared_io(), in, out};
    }

    [[nodiscard]] const std::shared_ptr<pending>& shared_pending() const noexcept { return pending_; }

    void send_eof(std::size_t stream) { pending_->io().send_eof(stream); }

    void stop(std::size_t stream) { pending_->io().stop(stream); }

    void cancel() { session_->cancel(*pending_); }

    [[nodiscard]] boost::asio::awaitable<proto::result<boost::json::value>> finish();

    /// The handle of the call has gone.
    void release() { session_->abandon(*pending_); }

private:
    std::shared_ptr<session> session_;
    std::shared_ptr<pending> pending_;
};

} // namespace tug::detail
