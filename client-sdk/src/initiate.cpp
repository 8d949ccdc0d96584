#include <tug/detail/initiate.hpp>

#include "at_home.hpp"
#include "listener_state.hpp"
#include "process_state.hpp"
#include "session.hpp"
#include "stream_state.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/system_executor.hpp>

#include <exception>
#include <memory>
#include <utility>

// How a call that is not awaited as it is begins and completes; see <tug/detail/initiate.hpp>.

namespace tug::detail {

namespace asio = boost::asio;

namespace {

template <class State>
asio::any_io_executor home_or_system(const std::shared_ptr<State>& of) {
    if (of) return of->executor();
    return asio::system_executor();
}

} // namespace

asio::any_io_executor home_of(const session_ptr& of) {
    return home_or_system(of);
}

asio::any_io_executor home_of(const process_ptr& of) {
    return home_or_system(of);
}

asio::any_io_executor home_of(const stream_ptr& of) {
    return home_or_system(of);
}

asio::any_io_executor home_of(const listener_ptr& of) {
    return home_or_system(of);
}

// Never inside this function: co_spawn() itself sees to that.
void run_there(const asio::any_io_executor& home, asio::awaitable<void> call, const asio::cancellation_slot& stop,
               asio::any_completion_executor back, std::shared_ptr<waiting_handler> to) {
    const auto kept = forward_cancellation(stop, home);
    auto done = [back = std::move(back), to = std::move(to), kept](std::exception_ptr thrown) {
        asio::dispatch(back, [to, kept, thrown] { to->complete(thrown); });
    };
    asio::co_spawn(home, with_all_cancellation(std::move(call)),
                   asio::bind_cancellation_slot(kept->slot(), std::move(done)));
}

} // namespace tug::detail
