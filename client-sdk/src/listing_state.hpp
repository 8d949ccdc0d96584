#pragma once

#include "session.hpp"

#include <tug/file_info.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

namespace tug::detail {

/// A call of file.list. Lives on the executor of its session.
class listing_state : public std::enable_shared_from_this<listing_state> {
public:
    listing_state(std::shared_ptr<session> s, std::shared_ptr<pending> p)
        : session_(std::move(s)), pending_(std::move(p)) {}

    [[nodiscard]] const boost::asio::any_io_executor& executor() const noexcept { return session_->executor(); }

    [[nodiscard]] boost::asio::awaitable<proto::result<std::optional<file_entry>>> next();

    /// The handle of the listing has gone.
    void release() { session_->abandon(*pending_); }

private:
    /// More than the path of a thousand directories takes: a hostile server makes no longer line grow.
    static constexpr std::size_t longest_line = 1024 * 1024;

    [[nodiscard]] boost::asio::awaitable<proto::result<void>> more();
    [[nodiscard]] boost::asio::awaitable<proto::result<std::optional<file_entry>>> finish();

    std::shared_ptr<session> session_;
    std::shared_ptr<pending> pending_;
    std::string text_; ///< What has come and was not taken.
    std::size_t at_ = 0;
    bool ended_ = false;
};

} // namespace tug::detail
