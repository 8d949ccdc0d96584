#pragma once

#include <tug/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <utility>

namespace tug::detail {

/// The part of a call that runs on the executor of the client, as a coroutine of its own: it decides by itself what to
/// do when cancelled, and lets every kind of cancellation through that the caller lets through.
template <class T>
boost::asio::awaitable<T> with_all_cancellation(boost::asio::awaitable<T> work) {
    co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::enable_total_cancellation());
    co_return co_await std::move(work);
}

/// What is cancelled on `home` when the handler's slot is used: not co_spawn() with that slot, since Asio 1.81 forwards
/// by a pointer into it, which may be gone when the other thread gets to it.
template <class Handler>
std::shared_ptr<boost::asio::cancellation_signal> forward_cancellation(const Handler& handler,
                                                                       const boost::asio::any_io_executor& home) {
    namespace asio = boost::asio;
    auto stop = std::make_shared<asio::cancellation_signal>();
    if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected())
        slot.assign(
            [stop, home](asio::cancellation_type type) { asio::post(home, [stop, type] { stop->emit(type); }); });
    return stop;
}

/// Runs `work` on `home` as a coroutine of its own and resumes the caller on its own executor. Cancellation of the
/// caller is forwarded.
template <class T>
boost::asio::awaitable<T> move_to(boost::asio::any_io_executor home, boost::asio::awaitable<T> work) {
    namespace asio = boost::asio;
    auto task = with_all_cancellation(std::move(work));
    // A name for the initiation: g++ 12 destroys such temporaries of a co_await expression twice.
    const auto start = [&](auto handler) {
        const auto stop = forward_cancellation(handler, home);
        const auto back = asio::prefer(asio::any_io_executor(asio::get_associated_executor(handler, home)),
                                       asio::execution::outstanding_work.tracked);
        auto done = [stop, back, h = std::move(handler)](std::exception_ptr thrown, T value) mutable {
            asio::post(back, [h = std::move(h), thrown, v = std::move(value)]() mutable {
                std::move(h)(thrown, std::move(v));
            });
        };
        asio::co_spawn(home, std::move(task), asio::bind_cancellation_slot(stop->slot(), std::move(done)));
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::exception_ptr, T)>(
        start, asio::use_awaitable);
}

/// Calls state->release() when it goes: on the executor that it was handed to, also where that runs nothing any more
/// and only destroys what was handed to it.
template <class State>
class releaser {
public:
    explicit releaser(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {}

    releaser(releaser&&) noexcept = default;
    releaser& operator=(releaser&&) = delete;

    ~releaser() {
        if (state_) state_->release();
    }

    void operator()() const noexcept {}

private:
    std::shared_ptr<State> state_;
};

/// How the destructor of a handle ends what is behind it.
template <class State>
void release_at_home(std::shared_ptr<State> state) {
    if (!state) return;
    const auto home = state->executor();
    boost::asio::dispatch(home, releaser<State>(std::move(state)));
}

inline failure no_handle() {
    return {errc::client_closed, "this object was never connected, or was moved from"};
}

/// What is behind a handle; throws where there is nothing.
template <class State>
const std::shared_ptr<State>& must_be(const std::shared_ptr<State>& state) {
    if (!state) throw error(no_handle());
    return state;
}

/// The value, or the failure as the exception of the SDK.
template <class T>
T value_or_throw(proto::result<T> r) {
    if (!r) throw error(std::move(r).error());
    if constexpr (!std::is_void_v<T>) return std::move(*r);
}

/// How every public call ends: runs `work` on `home` and throws its failure. A coroutine on `home` runs it in place,
/// unless it has to be a coroutine of its own.
template <class T>
boost::asio::awaitable<T> deliver(boost::asio::any_io_executor home, boost::asio::awaitable<proto::result<T>> work,
                                  bool of_its_own = false) {
    namespace asio = boost::asio;
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    const bool in_place = !of_its_own && here == home;
    try {
        if (in_place) co_return value_or_throw(co_await std::move(work));
        co_return value_or_throw(co_await move_to(std::move(home), std::move(work)));
    } catch (const error&) {
        throw;
    } catch (const boost::system::system_error& e) {
        // What a co_await throws in a coroutine that was cancelled.
        if (e.code() != asio::error::operation_aborted) throw;
    }
    throw error(failure(errc::cancelled));
}

} // namespace tug::detail
