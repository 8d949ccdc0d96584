#include "server/run_endpoint.hpp"

#include "server/log_about.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <new>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

asio::awaitable<answer> guarded(const log& logger, call& c, const accepted_call& accepted) {
    std::string what;
    try {
        co_return co_await accepted.run(c);
    } catch (const boost::system::system_error& e) {
        if (c.why_cancelled() != cancel_reason::none) co_return failure_of(c.why_cancelled());
        what = e.what();
    } catch (const std::bad_alloc&) {
        co_return proto::failure(proto::errc::busy, "the server is out of memory");
    } catch (const std::exception& e) {
        what = e.what();
    } catch (...) {
        what = "no std::exception";
    }
    co_return endpoint_threw(logger, c.who().peer, c.trace(), what);
}

} // namespace

asio::awaitable<answer> run_endpoint(const log& logger, call& c, const accepted_call& accepted,
                                     const proto::dependencies* after, wait_counters& waits) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    if (after) {
        const auto since = std::chrono::steady_clock::now();
        while (!after->decided() && c.why_cancelled() == cancel_reason::none)
            co_await c.changed().async_wait(asio::as_tuple(asio::use_awaitable));
        waits.waited(std::chrono::steady_clock::now() - since);
        if (c.why_cancelled() != cancel_reason::none) co_return failure_of(c.why_cancelled());
        if (after->failed())
            co_return proto::failure(proto::errc::dependency_failed, "a call that this one waited for has failed");
    }
    co_return co_await guarded(logger, c, accepted);
}

proto::failure endpoint_threw(const log& logger, const std::string& peer, const proto::trace_context* trace,
                              std::string_view what) {
    logger.write(log_level::error, "endpoint_threw", fields_about(peer, trace, {{"what", std::string(what)}}));
    return {proto::errc::internal_error, "the endpoint failed; the log of the server says why"};
}

} // namespace tug::service
