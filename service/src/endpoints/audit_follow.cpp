// audit.follow: what all clients do, as lines of JSON, until this one has enough.

#include "endpoints/endpoints.hpp"
#include "endpoints/send_text.hpp"
#include "server/context.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>

namespace tug::service {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::size_t feed_stream = 0; // the one stream

/// A queue that is among the followers for as long as this lives.
class followed_audit {
public:
    followed_audit(audit_followers& of, call& c)
        : of_(of), queue_(std::make_shared<audit_queue>(c.get_executor(), [&c] { c.changed().notify_all(); })) {}

    ~followed_audit() {
        of_.remove(queue_);
        queue_->close();
    }

    followed_audit(const followed_audit&) = delete;
    followed_audit& operator=(const followed_audit&) = delete;

    [[nodiscard]] proto::result<void> begin() { return of_.add(queue_); }

    [[nodiscard]] audit_queue& queue() noexcept { return *queue_; }

private:
    audit_followers& of_;
    std::shared_ptr<audit_queue> queue_;
};

asio::awaitable<void> wait_for_lines(call& c, const audit_queue& queue) {
    const auto ended = [&c] {
        return c.why_cancelled() != cancel_reason::none || c.io().call().outbound[feed_stream].stopped();
    };
    while (queue.empty() && !ended()) co_await c.changed().async_wait(asio::as_tuple(asio::use_awaitable));
}

} // namespace

asio::awaitable<answer> audit_follow(context& shared, call& c, proto::audit_follow_params) {
    followed_audit follower(shared.trail->followers(), c);
    if (const auto begun = follower.begin(); !begun) co_return begun.error();
    auto text = audit::ready_line() + "\n";
    // While there is no credit nothing is taken, and the queue fills.
    for (;;) {
        const auto sent = co_await send_text(c, feed_stream, text);
        if (!sent) co_return sent.error();
        if (!*sent) break;
        co_await wait_for_lines(c, follower.queue());
        const auto credit = co_await c.credit(feed_stream);
        if (!credit) co_return credit.error();
        if (*credit == 0) break;
        text = follower.queue().take();
    }
    co_return json::value(follower.queue().counts().to_json());
}

} // namespace tug::service
