#pragma once

#include <tug/detail/initiate.hpp>
#include <tug/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <optional>
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
std::shared_ptr<boost::asio::cancellation_signal> forward_cancellation(boost::asio::cancellation_slot slot,
                                                                       const boost::asio::any_io_executor& home);

/// Runs `work` on `home` as a coroutine of its own and resumes the caller on its own executor. Cancellation of the
/// caller is forwarded. What the work brings it has to keep: not in the caller's frame, which goes with its executor,
/// while `home` may go on for longer.
[[nodiscard]] boost::asio::awaitable<void> move_to(boost::asio::any_io_executor home,
                                                   boost::asio::awaitable<void> work);

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
State* must_be(const std::shared_ptr<State>& state) {
    if (!state) throw error(no_handle());
    return state.get();
}

/// The value, or the failure as the exception of the SDK.
template <class T>
T value_or_throw(proto::result<T> r) {
    if (!r) throw error(std::move(r).error());
    if constexpr (!std::is_void_v<T>) return std::move(*r);
}

/// Of a call, in the handler of what it threw: throws that on. What a co_await throws in a coroutine that was cancelled
/// becomes errc::cancelled.
[[noreturn]] void throw_to_caller();

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
        const auto brought = std::make_shared<std::optional<proto::result<T>>>();
        co_await move_to(std::move(home), keep(std::move(work), brought));
        co_return value_or_throw(std::move(**brought));
    } catch (...) {
        throw_to_caller();
    }
}

} // namespace tug::detail
