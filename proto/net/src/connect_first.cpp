#include "tug/net/connect_first.hpp"

#include "tug/net/condition.hpp"

#include <tug/os/errno.hpp>
#include <tug/os/unique_fd.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tug::net {

namespace asio = boost::asio;
using asio::generic::stream_protocol;
using boost::system::error_code;

namespace {

/// Made by hand: a socket that Asio 1.81 opens is inherited by every program that the application starts.
error_code open(stream_socket& socket, const stream_protocol::endpoint& to) {
    const auto protocol = to.protocol();
    os::unique_fd fd(::socket(protocol.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return {errno, boost::system::system_category()};
    error_code ec;
    socket.assign(protocol, fd.get(), ec);
    if (!ec) (void)fd.release();
    return ec;
}

/// Precondition: it is one of TCP.
std::string endpoint_text(const stream_protocol::endpoint& e) {
    asio::ip::tcp::endpoint ip;
    ip.resize(e.size());
    std::memcpy(ip.data(), e.data(), e.size());
    return ip.address().to_string();
}

/// All attempts at one connection. What runs shares it; the coroutine that waits may leave.
class race : public std::enable_shared_from_this<race> {
public:
    race(asio::any_io_executor executor, endpoints to, bool named, std::chrono::milliseconds limit)
        : executor_(executor),
          to_(std::move(to)),
          named_(named),
          limit_(limit),
          pace_(executor),
          time_(executor),
          changed_(executor) {}

    asio::awaitable<proto::result<stream_socket>> run() {
        const auto self = shared_from_this();
        const closing at_the_end(*this);
        start_clock();
        while (!winner_) {
            if (late_) co_return failed();
            if (next_ < to_.size() && (due_ || running_.empty())) {
                try_next();
                continue;
            }
            if (running_.empty()) co_return failed();
            const auto [ec] = co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
            if (ec) co_return proto::errc::cancelled;
        }
        co_return std::move(*winner_);
    }

private:
    using attempt = std::list<stream_socket>::iterator;

    /// Ends what still runs when the wait is over, whatever ended it.
    class closing {
    public:
        explicit closing(race& of) noexcept : of_(of) {}

        closing(const closing&) = delete;
        closing& operator=(const closing&) = delete;

        ~closing() {
            of_.over_ = true;
            of_.pace_.cancel();
            of_.time_.cancel();
            error_code ignored;
            for (auto& socket : of_.running_) socket.close(ignored);
        }

    private:
        race& of_;
    };

    /// Held by what runs: tells that something has changed when it goes, also where it goes unrun together with its
    /// io_context, and who waits then goes too.
    class news {
    public:
        explicit news(std::shared_ptr<race> of) noexcept : of_(std::move(of)) {}

        news(news&&) noexcept = default;
        news& operator=(news&&) = delete;

        ~news() {
            if (of_) of_->changed_.notify_all();
        }

        race* operator->() const noexcept { return of_.get(); }

    private:
        std::shared_ptr<race> of_;
    };

    void start_clock() {
        if (limit_ == std::chrono::milliseconds::max()) return;
        time_.expires_after(limit_);
        time_.async_wait([of = news(shared_from_this())](error_code ec) {
            if (!ec) of->late_ = true;
        });
    }

    [[nodiscard]] proto::failure failed() {
        proto::failure why(proto::errc::connect_failed, failures_);
        if (late_) {
            if (!why.message.empty()) why.message += "; ";
            why.message += "no answer within " + std::to_string(limit_.count() / 1000) + " s";
            last_errno_ = ETIMEDOUT;
        }
        if (last_errno_ != 0) why.os_error = os::errno_name(last_errno_);
        return why;
    }

    void try_next() {
        const auto& to = to_[next_++];
        due_ = false;
        const auto at = running_.emplace(running_.end(), executor_);
        if (const auto ec = open(*at, to)) return fail(at, to, ec);
        at->async_connect(to, [of = news(shared_from_this()), at, to](error_code ec) {
            if (of->over_) return;
            if (ec) return of->fail(at, to, ec);
            of->winner_.emplace(std::move(*at));
            of->running_.erase(at);
        });
        if (next_ == to_.size()) return;
        pace_.expires_after(attempt_delay);
        pace_.async_wait([of = news(shared_from_this())](error_code ec) {
            if (!ec) of->due_ = true;
        });
    }

    void fail(attempt at, const stream_protocol::endpoint& to, const error_code& why) {
        if (!failures_.empty()) failures_ += "; ";
        if (named_) failures_ += endpoint_text(to) + ": ";
        failures_ += why.message();
        last_errno_ = why.value();
        running_.erase(at);
        due_ = true;
    }

    asio::any_io_executor executor_;
    const endpoints to_;
    const bool named_;
    const std::chrono::milliseconds limit_;
    std::size_t next_ = 0; ///< To be tried.
    std::list<stream_socket> running_;
    std::optional<stream_socket> winner_;
    std::string failures_;
    int last_errno_ = 0;
    asio::steady_timer pace_;
    asio::steady_timer time_; ///< Of all attempts together.
    condition changed_;
    bool due_ = true; ///< The next attempt.
    bool late_ = false;
    bool over_ = false; ///< The caller does not wait any more.
};

} // namespace

endpoints interleaved(const endpoints& found) {
    if (found.empty()) return {};
    endpoints first;
    endpoints second;
    for (const auto& e : found)
        (e.protocol().family() == found.front().protocol().family() ? first : second).push_back(e);
    endpoints out;
    for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
        if (i < first.size()) out.push_back(first[i]);
        if (i < second.size()) out.push_back(second[i]);
    }
    return out;
}

asio::awaitable<proto::result<stream_socket>> connect_first(asio::any_io_executor executor, endpoints to, bool named,
                                                            std::chrono::milliseconds limit) {
    const auto all = std::make_shared<race>(executor, interleaved(to), named, limit);
    co_return co_await all->run();
}

} // namespace tug::net
