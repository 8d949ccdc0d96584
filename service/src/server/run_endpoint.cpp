#include "server/run_endpoint.hpp"

#include <tug/net/task_group.hpp>

#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <new>
#include <optional>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

asio::awaitable<answer> guarded(const log& logger, call& c, const accepted_call& accepted) {
    std::string what;
    try {
        co_return co_await accepted.run(c);
    } catch (const boost::system::system_error& e) {
        if (c.why_ending() != ending::none) co_return failure_of(c.why_ending());
        what = e.what();
    } catch (const std::bad_alloc&) {
        co_return proto::failure(proto::errc::busy, "the server is out of memory");
    } catch (const std::exception& e) {
        what = e.what();
    } catch (...) {
        what = "no std::exception";
    }
    co_return endpoint_threw(logger, c.who().peer, what);
}

asio::awaitable<void> keep(asio::awaitable<answer> running, std::optional<answer>& to) {
    to = co_await std::move(running);
}

} // namespace

asio::awaitable<answer> run_endpoint(const log& logger, call& c, const accepted_call& accepted) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    if (accepted.ends_by_itself) co_return co_await guarded(logger, c, accepted);
    net::task_group body(c.get_executor());
    std::optional<answer> out;
    // Made before there is a task that must be waited for: they take memory.
    auto joined = body.join();
    auto task = keep(guarded(logger, c, accepted), out);
    c.on_end = [&body] { body.cancel(); };
    body.spawn(std::move(task));
    co_await std::move(joined);
    c.on_end = nullptr;
    // It may have been destroyed before it began, for want of memory.
    if (!out) co_return proto::failure(proto::errc::busy, "the server is out of memory");
    co_return std::move(*out);
}

proto::failure endpoint_threw(const log& logger, const std::string& peer, std::string_view what) {
    logger.error("endpoint_threw", {{"peer", peer}, {"what", std::string(what)}});
    return {proto::errc::internal_error, "the endpoint failed; the log of the server says why"};
}

} // namespace tug::service
