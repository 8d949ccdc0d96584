#include "tug/net/race.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/multiple_exceptions.hpp>

#include <exception>

namespace tug::net {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

asio::awaitable<std::size_t> first_of(asio::awaitable<void> one, asio::awaitable<void> other) {
    auto work = std::move(one) || std::move(other);
    const auto first = co_await std::move(work);
    co_return first.index();
}

asio::awaitable<void> both(asio::awaitable<void> one, asio::awaitable<void> other) {
    auto work = std::move(one) && std::move(other);
    std::exception_ptr thrown;
    try {
        co_await std::move(work);
    } catch (const asio::multiple_exceptions& e) {
        thrown = e.first_exception();
    }
    if (thrown) std::rethrow_exception(thrown);
}

} // namespace tug::net
