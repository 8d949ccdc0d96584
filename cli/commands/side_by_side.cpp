#include "side_by_side.hpp"

#include <tug/error.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace tug::cli {

asio::awaitable<void> side_by_side(const std::function<asio::awaitable<void>()>& worker) {
    constexpr int at_once = 16;
    const auto here = co_await asio::this_coro::executor;
    std::vector<decltype(asio::co_spawn(here, worker(), asio::deferred))> all;
    all.reserve(at_once);
    for (int i = 0; i < at_once; ++i) all.push_back(asio::co_spawn(here, worker(), asio::deferred));
    auto group = asio::experimental::make_parallel_group(std::move(all));
    auto over = group.async_wait(asio::experimental::wait_for_one_error(), asio::use_awaitable);
    const auto [order, failed] = co_await std::move(over);
    for (const auto& why : failed)
        if (why && failure_of(why).code != errc::cancelled) std::rethrow_exception(why);
    for (const auto& why : failed)
        if (why) std::rethrow_exception(why);
}

} // namespace tug::cli
