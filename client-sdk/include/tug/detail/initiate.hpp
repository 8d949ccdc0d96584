#pragma once

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <concepts>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

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

template <class Token, class T>
concept token_for = boost::asio::completion_token_for<Token, completion_signature<T>>;

/// The token of a call that was given none.
using default_token = boost::asio::use_awaitable_t<>;

template <class Token>
inline constexpr bool is_default = std::is_same_v<std::decay_t<Token>, default_token>;

/// The handler of a call, whatever the call brings: only handler_of knows that, and all else is compiled once.
class waiting_handler {
public:
    waiting_handler() = default;
    waiting_handler(const waiting_handler&) = delete;
    waiting_handler& operator=(const waiting_handler&) = delete;
    virtual ~waiting_handler() = default;

    /// Once, on the handler's executor.
    virtual void complete(std::exception_ptr thrown) = 0;
};

/// What a call has brought is here until its handler takes it.
template <class T, class Handler>
class handler_of final : public waiting_handler {
public:
    explicit handler_of(Handler handler) : handler_(std::move(handler)) {}

    void complete(std::exception_ptr thrown) override {
        if (auto slot = boost::asio::get_associated_cancellation_slot(handler_); slot.is_connected()) slot.clear();
        if constexpr (std::is_void_v<T>)
            std::move(handler_)(thrown);
        else
            std::move(handler_)(thrown, thrown ? T() : std::move(*brought));
    }

    std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>> brought;

private:
    Handler handler_;
};

/// Runs `work`, and keeps what it brings for another coroutine or thread, which looks at it after the end.
template <class T>
boost::asio::awaitable<void> keep(boost::asio::awaitable<T> work, std::shared_ptr<std::optional<T>> to) {
    to->emplace(co_await std::move(work));
}

/// Runs `call` on `home` and then `to` on `back`; never inside this function. `stop` cancels the call.
void run_there(const boost::asio::any_io_executor& home, boost::asio::awaitable<void> call,
               const boost::asio::cancellation_slot& stop, boost::asio::any_completion_executor back,
               std::shared_ptr<waiting_handler> to);

/// Runs `call` on `home` and then `handler` on its own executor, or on `home` where it has none; never inside this
/// function. The handler's cancellation slot cancels the call.
template <class T, class Handler>
void start_call(const boost::asio::any_io_executor& home, boost::asio::awaitable<T> call, Handler handler) {
    namespace asio = boost::asio;
    const auto stop = asio::get_associated_cancellation_slot(handler);
    auto back = asio::prefer(asio::get_associated_executor(handler, home), asio::execution::outstanding_work.tracked);
    const auto to = std::make_shared<handler_of<T, Handler>>(std::move(handler));
    if constexpr (std::is_void_v<T>)
        run_there(home, std::move(call), stop, std::move(back), to);
    else
        run_there(home, keep(std::move(call), {to, &to->brought}), stop, std::move(back), to);
}

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
            [](auto handler, const boost::asio::any_io_executor& home, boost::asio::awaitable<T> work) {
                start_call(home, std::move(work), std::move(handler));
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
                start_call<T>(home, made(home), std::move(handler));
            },
            token, std::move(make));
    }
}

} // namespace tug::detail
