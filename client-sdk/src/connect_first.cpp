#include "connect_first.hpp"

#include <tug/net/condition.hpp>
#include <tug/os/unique_fd.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tug::detail {

namespace asio = boost::asio;
using asio::generic::stream_protocol;
using boost::system::error_code;

namespace {

/// Made by hand: a socket that Asio 1.81 opens is inherited by every program that the application starts.
error_code open(net::stream_socket& socket, const stream_protocol::endpoint& to) {
    const auto protocol = to.protocol();
    os::unique_fd fd(::socket(protocol.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return {errno, boost::system::system_category()};
    error_code ec;
    socket.assign(protocol, fd.get(), ec);
    if (!ec) (void)fd.release();
    return ec;
}

/// Precondition: it is one of TCP.
std::string text_of(const stream_protocol::endpoint& e) {
    asio::ip::tcp::endpoint ip;
    ip.resize(e.size());
    std::copy_n(static_cast<const char*>(static_cast<const void*>(e.data())), e.size(),
                static_cast<char*>(static_cast<void*>(ip.data())));
    return ip.address().to_string();
}

/// All attempts at one connection. What runs shares it; the coroutine that waits may leave.
class race : public std::enable_shared_from_this<race> {
public:
    race(asio::any_io_executor executor, endpoints to, bool named)
        : executor_(executor), to_(std::move(to)), named_(named), pace_(executor), changed_(executor) {}

    asio::awaitable<proto::result<net::stream_socket>> run() {
        const auto self = shared_from_this();
        const closing at_the_end(*this);
        while (!winner_) {
            if (next_ < to_.size() && (due_ || running_.empty())) {
                try_next();
                continue;
            }
            if (running_.empty()) co_return proto::failure(proto::errc::connect_failed, failures_);
            const auto [ec] = co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
            if (ec) co_return proto::errc::cancelled;
        }
        co_return std::move(*winner_);
    }

private:
    using attempt = std::list<net::stream_socket>::iterator;

    /// Ends what still runs when the wait is over, whatever ended it.
    class closing {
    public:
        explicit closing(race& of) noexcept : of_(of) {}

        closing(const closing&) = delete;
        closing& operator=(const closing&) = delete;

        ~closing() {
            of_.over_ = true;
            of_.pace_.cancel();
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
        if (named_) failures_ += text_of(to) + ": ";
        failures_ += why.message();
        running_.erase(at);
        due_ = true;
    }

    asio::any_io_executor executor_;
    const endpoints to_;
    const bool named_;
    std::size_t next_ = 0; ///< To be tried.
    std::list<net::stream_socket> running_;
    std::optional<net::stream_socket> winner_;
    std::string failures_;
    asio::steady_timer pace_;
    net::condition changed_;
    bool due_ = true;   ///< The next attempt.
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

asio::awaitable<proto::result<net::stream_socket>> connect_first(asio::any_io_executor executor, endpoints to,
                                                                 bool named) {
    const auto all = std::make_shared<race>(executor, interleaved(to), named);
    co_return co_await all->run();
}

} // namespace tug::detail
