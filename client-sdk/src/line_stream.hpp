#pragma once

#include "session.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tug::detail {

/// A call whose one stream brings objects, one a line: a listing, or events. Lives on the executor of its session.
class line_stream {
public:
    line_stream(std::shared_ptr<session> s, std::shared_ptr<pending> p)
        : session_(std::move(s)), pending_(std::move(p)) {}

    [[nodiscard]] const boost::asio::any_io_executor& executor() const noexcept { return session_->executor(); }

    /// The handle of the call has gone.
    void release() { session_->abandon(*pending_); }

protected:
    /// The next line; nothing at the end of the stream, where the call succeeded.
    [[nodiscard]] boost::asio::awaitable<proto::result<std::optional<boost::json::object>>> next_line();

private:
    /// More than the path of a thousand directories takes: a hostile server makes no longer line grow.
    static constexpr std::size_t longest_line = 1024 * 1024;

    [[nodiscard]] boost::asio::awaitable<proto::result<void>> more();
    [[nodiscard]] boost::asio::awaitable<proto::result<std::optional<boost::json::object>>> finish();

    std::shared_ptr<session> session_;
    std::shared_ptr<pending> pending_;
    std::string text_; ///< What has come and was not taken.
    std::size_t at_ = 0;
    bool ended_ = false;
};

} // namespace tug::detail
