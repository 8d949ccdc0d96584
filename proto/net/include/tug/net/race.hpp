#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace tug::net {

/// Two coroutines at once, on the executor of their caller: as `a || b` and `a && b` of Asio's awaitable_operators,
/// which make the code of a group anew for each pair of types. Here it is made once; most of the time that a compile of
/// such an operator takes goes into it.

/// Runs both until one returns; cancels the other then (terminal) and waits for it. Which came first: 0 or 1. What one
/// throws is thrown only where the other throws too, as boost::asio::multiple_exceptions: a coroutine whose failure
/// shall end the race returns it. Cancellation goes to both.
[[nodiscard]] boost::asio::awaitable<std::size_t> first_of(boost::asio::awaitable<void> one,
                                                           boost::asio::awaitable<void> other);

/// Runs both to their end. Where one throws, cancels the other (terminal), waits for it and throws what the first
/// threw. Cancellation goes to both.
[[nodiscard]] boost::asio::awaitable<void> both(boost::asio::awaitable<void> one, boost::asio::awaitable<void> other);

namespace detail {

/// What an awaitable brings, where something has to stand for void.
template <class T>
using brought = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
boost::asio::awaitable<void> keep(boost::asio::awaitable<T> work, std::optional<T>& to) {
    to.emplace(co_await std::move(work));
}

inline boost::asio::awaitable<void> keep(boost::asio::awaitable<void> work, std::optional<std::monostate>& to) {
    co_await std::move(work);
    to.emplace();
}

} // namespace detail

/// first_of() of two that bring something: what the first to return has brought.
template <class One, class Other>
[[nodiscard]] boost::asio::awaitable<std::variant<detail::brought<One>, detail::brought<Other>>>
race(boost::asio::awaitable<One> one, boost::asio::awaitable<Other> other) {
    std::optional<detail::brought<One>> of_one;
    std::optional<detail::brought<Other>> of_other;
    auto work = first_of(detail::keep(std::move(one), of_one), detail::keep(std::move(other), of_other));
    if (co_await std::move(work) == 0)
        co_return std::variant<detail::brought<One>, detail::brought<Other>>(std::in_place_index<0>,
                                                                             std::move(*of_one));
    co_return std::variant<detail::brought<One>, detail::brought<Other>>(std::in_place_index<1>, std::move(*of_other));
}

/// both() of two that bring something: what they have brought.
template <class One, class Other>
[[nodiscard]] boost::asio::awaitable<std::pair<detail::brought<One>, detail::brought<Other>>>
both(boost::asio::awaitable<One> one, boost::asio::awaitable<Other> other) {
    std::optional<detail::brought<One>> of_one;
    std::optional<detail::brought<Other>> of_other;
    auto work = both(detail::keep(std::move(one), of_one), detail::keep(std::move(other), of_other));
    co_await std::move(work);
    co_return std::pair(std::move(*of_one), std::move(*of_other));
}

} // namespace tug::net
