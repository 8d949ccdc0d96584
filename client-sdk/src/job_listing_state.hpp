#pragma once

#include "session.hpp"

#include <tug/job_info.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

namespace tug::detail {

/// A call of job.list. Lives on the executor of its session.
class job_listing_state : public std::enable_shared_from_this<job_listing_state> {
public:
    job_listing_state(std::shared_ptr<session> s, std::shared_ptr<pending> p)
        : session_(std::move(s)), pending_(std::move(p)) {}

    [[nodiscard]] const boost::asio::any_io_executor& executor() const noexcept { return session_->executor(); }

    [[nodiscard]] boost::asio::awaitable<proto::result<std::optional<job_info>>> next();

    /// The handle of the listing has gone.
    void release() { session_->abandon(*pending_); }

private:
    /// A hostile server makes no longer line grow.
    static constexpr std::size_t longest_line = 1024 * 1024;

    std::shared_ptr<session> session_;
    std::shared_ptr<pending> pending_;
    std::string text_; ///< What has come and was not taken.
    bool ended_ = false;
};

} // namespace tug::detail
