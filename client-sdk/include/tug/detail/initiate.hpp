#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <concepts>
#include <exception>
#include <type_traits>
#include <utility>

namespace tug::detail {

/// What a call that brings a T completes with. An exception_ptr and not an error_code: it is Asio's own disposition of
/// coroutines and futures, so that these throw tug::error, and it carries the whole failure, which a code cannot;
/// tug::failure_of() has it without a throw. It is null where the call succeeded. Where it failed, T is empty.
template <class T>
struct completion {
    using signature = void(std::exception_ptr, T);
};

template <>
struct completion<void> {
    using signature = void(std::exception_ptr);
};

template <class T>
using completion_signature = typename completion<T>::signature;

template <class T>
using completion_handler = boost::asio::any_completion_handler<completion_signature<T>>;

template <class Token, class T>
concept token_for = boost::asio::completion_token_for<Token, completion_signature<T>>;

/// The token of a call that was given none.
using default_token = boost::asio::use_awaitable_t<>;

template <class Token>
inline constexpr bool is_default = std::is_same_v<std::decay_t<Token>, default_token>;

/// Runs `call` on `home` and then `handler` on its own executor, or on `home` where it has none; never inside this
/// function. The handler's cancellation slot cancels the call. Defined for what the calls of the SDK bring.
template <class T>
void start_call(boost::asio::any_io_executor home, boost::asio::awaitable<T> call, completion_handler<T> handler);

inline boost::asio::any_io_executor home_of(const boost::asio::any_io_executor& executor) {
    return executor;
}

/// How every public call begins: awaited, it is the coroutine itself and nothing is added; for any other token it is
/// started on the executor of `of`.
template <class T, class Of, class Token>
auto initiate(boost::asio::awaitable<T> call, const Of& of, Token&& token) {
    if constexpr (is_default<Token>) {
        return call;
    } else {
        return boost::asio::async_initiate<Token, completion_signature<T>>(
            [](auto handler, boost::asio::any_io_executor home, boost::asio::awaitable<T> work) {
                start_call<T>(std::move(home), std::move(work), completion_handler<T>(std::move(handler)));
            },
            token, home_of(of), std::move(call));
    }
}

/// The same for a call that makes its home where its handler runs: `make(executor)` is the call.
template <class T, class Make, class Token>
auto initiate_at_handler(Make make, Token&& token) {
    if constexpr (is_default<Token>) {
        return make(boost::asio::any_io_executor());
    } else {
        return boost::asio::async_initiate<Token, completion_signature<T>>(
            [](auto handler, Make made) {
                const auto home = boost::asio::get_associated_executor(handler);
                using executor = std::decay_t<decltype(home)>;
                static_assert(!std::same_as<executor, boost::asio::system_executor> &&
                                  std::convertible_to<executor, boost::asio::any_io_executor>,
                              "a client lives on an executor: give it as the first argument, or bind one to the token");
                start_call<T>(home, made(home), completion_handler<T>(std::move(handler)));
            },
            token, std::move(make));
    }
}

} // namespace tug::detail
