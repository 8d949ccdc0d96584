#pragma once

#include "session.hpp"

#include <tug/tunnel.hpp>

#include <tug/proto/forward_messages.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace tug::detail {

/// A call of forward.listen. Lives on the executor of its session.
class listener_state : public std::enable_shared_from_this<listener_state> {
public:
    listener_state(std::shared_ptr<session> s, std::shared_ptr<pending> p)
        : session_(std::move(s)), pending_(std::move(p)) {}

    [[nodiscard]] const boost::asio::any_io_executor& executor() const noexcept { return session_->executor(); }

    /// Waits for the first line. Before the handle is made.
    [[nodiscard]] boost::asio::awaitable<proto::result<void>> begin();

    /// Set by begin(); then safe from any thread.
    [[nodiscard]] const std::string& address() const noexcept { return address_; }

    [[nodiscard]] boost::asio::awaitable<proto::result<tunnel>> accept();

    /// The handle has gone.
    void release() { session_->abandon(*pending_); }

private:
    static constexpr std::size_t longest_line = 4096;

    [[nodiscard]] boost::asio::awaitable<proto::result<proto::forward_listen_line>> next_line();

    std::shared_ptr<session> session_;
    std::shared_ptr<pending> pending_;
    std::string address_;
    std::string text_; ///< What has come and was not taken.
};

/// A tunnel once it stands.
[[nodiscard]] boost::asio::awaitable<proto::result<tunnel>> open_tunnel(session_ptr s, std::shared_ptr<pending> p,
                                                                        std::string peer = {});

} // namespace tug::detail
