#include <tug/client.hpp>
#include <tug/discover.hpp>
#include <tug/pool.hpp>

#include "at_home.hpp"
#include "listener_state.hpp"
#include "process_state.hpp"
#include "session.hpp"
#include "stream_state.hpp"

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/system_executor.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
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

namespace {

/// Runs `call` on `home` and then `done` on `back`, never inside this function: co_spawn() itself sees to that.
void run_there(asio::any_io_executor home, asio::awaitable<void> call, const asio::cancellation_slot& stop,
               asio::any_completion_executor back, std::function<void(std::exception_ptr)> done) {
    asio::co_spawn(
        home, with_all_cancellation(std::move(call)),
        asio::bind_cancellation_slot(stop, [back, done = std::move(done)](std::exception_ptr thrown) mutable {
            asio::dispatch(back, [done = std::move(done), thrown] { done(thrown); });
        }));
}

/// What a call has brought until its handler takes it.
template <class T>
struct kept {
    std::shared_ptr<std::optional<T>> value = std::make_shared<std::optional<T>>();

    asio::awaitable<void> from(asio::awaitable<T> call) { return keep(std::move(call), value); }

    void give(completion_handler<T>& to, std::exception_ptr thrown) const {
        std::move(to)(thrown, thrown ? T() : std::move(**value));
    }
};

template <>
struct kept<void> {
    asio::awaitable<void> from(asio::awaitable<void> call) { return call; }

    void give(completion_handler<void>& to, std::exception_ptr thrown) const { std::move(to)(thrown); }
};

} // namespace

template <class T>
void start_call(asio::any_io_executor home, asio::awaitable<T> call, completion_handler<T> handler) {
    const auto stop = forward_cancellation(asio::get_associated_cancellation_slot(handler), home);
    const auto back =
        asio::prefer(asio::get_associated_executor(handler, home), asio::execution::outstanding_work.tracked);
    kept<T> brought;
    auto work = brought.from(std::move(call));
    // A std::function is copied, a handler is not.
    auto h = std::make_shared<completion_handler<T>>(std::move(handler));
    run_there(home, std::move(work), stop->slot(), back, [stop, brought, h = std::move(h)](std::exception_ptr thrown) {
        if (auto slot = asio::get_associated_cancellation_slot(*h); slot.is_connected()) slot.clear();
        brought.give(*h, thrown);
    });
}

template void start_call(asio::any_io_executor, asio::awaitable<void>, completion_handler<void>);
template void start_call(asio::any_io_executor, asio::awaitable<bool>, completion_handler<bool>);
template void start_call(asio::any_io_executor, asio::awaitable<boost::json::value>,
                         completion_handler<boost::json::value>);
template void start_call(asio::any_io_executor, asio::awaitable<chunk>, completion_handler<chunk>);
template void start_call(asio::any_io_executor, asio::awaitable<audit_feed>, completion_handler<audit_feed>);
template void start_call(asio::any_io_executor, asio::awaitable<std::optional<audit_event>>,
                         completion_handler<std::optional<audit_event>>);
template void start_call(asio::any_io_executor, asio::awaitable<client>, completion_handler<client>);
template void start_call(asio::any_io_executor, asio::awaitable<exec_result>, completion_handler<exec_result>);
template void start_call(asio::any_io_executor, asio::awaitable<block_digests>, completion_handler<block_digests>);
template void start_call(asio::any_io_executor, asio::awaitable<file_copy_result>,
                         completion_handler<file_copy_result>);
template void start_call(asio::any_io_executor, asio::awaitable<file_digest>, completion_handler<file_digest>);
template void start_call(asio::any_io_executor, asio::awaitable<file_info>, completion_handler<file_info>);
template void start_call(asio::any_io_executor, asio::awaitable<file_space>, completion_handler<file_space>);
template void start_call(asio::any_io_executor, asio::awaitable<job_attachment>, completion_handler<job_attachment>);
template void start_call(asio::any_io_executor, asio::awaitable<job_info>, completion_handler<job_info>);
template void start_call(asio::any_io_executor, asio::awaitable<job_listing>, completion_handler<job_listing>);
template void start_call(asio::any_io_executor, asio::awaitable<std::optional<job_info>>,
                         completion_handler<std::optional<job_info>>);
template void start_call(asio::any_io_executor, asio::awaitable<started_job>, completion_handler<started_job>);
template void start_call(asio::any_io_executor, asio::awaitable<listing>, completion_handler<listing>);
template void start_call(asio::any_io_executor, asio::awaitable<std::optional<file_entry>>,
                         completion_handler<std::optional<file_entry>>);
template void start_call(asio::any_io_executor, asio::awaitable<std::int64_t>, completion_handler<std::int64_t>);
template void start_call(asio::any_io_executor, asio::awaitable<std::uint64_t>, completion_handler<std::uint64_t>);
template void start_call(asio::any_io_executor, asio::awaitable<failure>, completion_handler<failure>);
template void start_call(asio::any_io_executor, asio::awaitable<get_result>, completion_handler<get_result>);
template void start_call(asio::any_io_executor, asio::awaitable<output>, completion_handler<output>);
template void start_call(asio::any_io_executor, asio::awaitable<pool_lease>, completion_handler<pool_lease>);
template void start_call(asio::any_io_executor, asio::awaitable<pool_connection>, completion_handler<pool_connection>);
template void start_call(asio::any_io_executor, asio::awaitable<process>, completion_handler<process>);
template void start_call(asio::any_io_executor, asio::awaitable<put_result>, completion_handler<put_result>);
template void start_call(asio::any_io_executor, asio::awaitable<run_result>, completion_handler<run_result>);
template void start_call(asio::any_io_executor, asio::awaitable<server_info>, completion_handler<server_info>);
template void start_call(asio::any_io_executor, asio::awaitable<std::string>, completion_handler<std::string>);
template void start_call(asio::any_io_executor, asio::awaitable<tree_summary>, completion_handler<tree_summary>);
template void start_call(asio::any_io_executor, asio::awaitable<tunnel>, completion_handler<tunnel>);
template void start_call(asio::any_io_executor, asio::awaitable<listener>, completion_handler<listener>);
template void start_call(asio::any_io_executor, asio::awaitable<std::vector<found_host>>,
                         completion_handler<std::vector<found_host>>);
template void start_call(asio::any_io_executor, asio::awaitable<stream_call>, completion_handler<stream_call>);
template void start_call(asio::any_io_executor, asio::awaitable<watch>, completion_handler<watch>);
template void start_call(asio::any_io_executor, asio::awaitable<std::optional<watch_event>>,
                         completion_handler<std::optional<watch_event>>);

} // namespace tug::detail
